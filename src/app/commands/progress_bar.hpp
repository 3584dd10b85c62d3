#pragma once

#include <tapes/store/progress.hpp>

#include <string>

namespace tapes::app {

/// Shows in one line on standard error how far a command has come. Shows nothing unless that is a terminal.
class progress_bar {
public:
    progress_bar();
    ~progress_bar();  ///< wipes the line
    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;

    /// Returns the function that shows progress; an empty one without a terminal. It must not outlive the
    /// bar.
    store::progress shower();

private:
    void show(std::string_view label, std::uint64_t done, std::uint64_t total);

    bool terminal_;
    std::string shown_;
};

}  // namespace tapes::app
