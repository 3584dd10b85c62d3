#pragma once

#include <iosfwd>
#include <streambuf>
#include <string>

namespace tapes::cli {

/// What goes to a file descriptor, which keeps why it could not be written. For one thread at a time. What
/// was not flushed when it goes away is lost.
class output_buffer final : public std::streambuf {
public:
    /// `descriptor` stays open, and with its owner. With `by_lines` no line that is complete waits.
    explicit output_buffer(int descriptor, bool by_lines = false);

    /// Returns the errno of the first write that failed; 0 where none did. What comes behind it is not
    /// written.
    int error() const noexcept { return error_; }

protected:
    int_type overflow(int_type character) override;
    std::streamsize xsputn(const char* bytes, std::streamsize size) override;
    int sync() override;

private:
    const int descriptor_;
    const bool by_lines_;
    int error_ = 0;
    std::string waiting_;
};

/// Returns the exit code of a command that ended with `code`, after what it wrote to `output` was flushed:
/// `failed` with a line on `err` where that could not be written. A reader that left is no failure.
int exit_code_of(int code, output_buffer& output, std::ostream& err);

}  // namespace tapes::cli
