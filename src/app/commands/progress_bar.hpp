#pragma once

#include <tapes/store/progress.hpp>

#include <string>

namespace tapes::app {

/// A line on standard error that shows how far something is, where that is a terminal; else nothing.
class progress_bar {
public:
    progress_bar();
    ~progress_bar();  ///< wipes the line
    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;

    /// Empty where there is no terminal. Must not outlive this.
    store::progress shower();

private:
    void show(std::string_view what, std::uint64_t done, std::uint64_t of);

    bool terminal_;
    std::string shown_;
};

}  // namespace tapes::app
