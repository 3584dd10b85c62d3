#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/app/screen_options.hpp>

#include <sys/types.h>

namespace tapes::app {

/// Has what goes to standard output read by a pager, as git does: $TAPES_PAGER, else $PAGER, else less, which
/// leaves at once where all fits on one screen. Only where standard output is a terminal, and the pager is
/// wanted and there; an empty variable, or `cat`, stands for none. Meanwhile Ctrl-C belongs to the pager. The
/// destructor waits until the pager is left.
class pager {
public:
    pager(printer& out, const screen_options& options);
    ~pager();
    pager(const pager&) = delete;
    pager& operator=(const pager&) = delete;

private:
    void start(const char* command);

    printer& out_;
    pid_t child_ = -1;
    int terminal_ = -1;  ///< standard output as it was
    void (*interrupt_)(int) = nullptr;
    void (*quit_)(int) = nullptr;
};

}  // namespace tapes::app
