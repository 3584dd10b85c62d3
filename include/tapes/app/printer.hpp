#pragma once

#include <concepts>
#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

namespace tapes::app {

/// Words of the program itself, where a plain literal cannot stand: `count == 1 ? words{" is\n"} : words{"
/// are\n"}`.
struct words {
    template <std::size_t Size>
    consteval words(const char (&literal)[Size]) : text{literal, Size - 1} {}  // NOLINT(*-explicit-*)
    std::string_view text;
};

/// A value in a column: padded with spaces to `width` characters.
struct column {
    enum class side : bool { left, right };
    std::string text;
    std::size_t width;
    side aligned = side::left;
};
column left(std::size_t width, std::string_view value);
column left(std::size_t width, std::uint64_t value);
column right(std::size_t width, std::uint64_t value);

/// Where commands write what a person reads. Only literals go out as they are: they are the layout. Every
/// other text is a value that somebody else may have chosen, such as the name of a model, and is shown by
/// text::visible(): it moves no cursor and begins no line of its own. Not safe for several threads.
class printer {
public:
    enum class device : bool { file, terminal };

    /// `out` must live longer. To a terminal raw bytes are shown, too, not sent.
    explicit printer(std::ostream& out, device kind = device::file);
    ~printer();
    printer(const printer&) = delete;
    printer& operator=(const printer&) = delete;

    template <std::size_t Size>
    printer& operator<<(const char (&literal)[Size]) {
        write({literal, Size - 1});
        return *this;
    }
    template <std::size_t Size>
    printer& operator<<(char (&buffer)[Size]) = delete;  ///< a value: give a std::string_view
    printer& operator<<(words layout) {
        write(layout.text);
        return *this;
    }
    printer& operator<<(std::string_view value);
    printer& operator<<(const column& value);
    template <std::integral Number>
        requires(!std::same_as<Number, char> && !std::same_as<Number, bool>)
    printer& operator<<(Number value) {
        return *this << std::string_view{std::to_string(value)};
    }

    /// Writes text that has lines of its own, such as a help page.
    void lines(std::string_view text);
    /// Writes JSON and a newline; what text::visible() would escape is escaped as JSON does.
    void json(std::string_view text);
    /// Returns where bytes go as they are: what a command was asked to hand over. Towards a terminal they are
    /// shown by text::visible_lines().
    std::ostream& bytes();
    void flush();
    bool to_terminal() const noexcept { return shown_ != nullptr; }
    /// Whether nobody reads any more: the pager was left, a pipe was closed. What is written then is lost.
    bool gone() const noexcept;

private:
    class visible_stream;

    void write(std::string_view layout);

    std::ostream& out_;
    std::unique_ptr<visible_stream> shown_;  ///< towards a terminal
    std::string line_;
};

}  // namespace tapes::app
