#pragma once

#include <tapes/text/json_cursor.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::text {

/// Tells whether a text is one JSON object or array, as far as its brackets and quotes tell. A lone surrogate
/// is no fault (RFC 8259 §8.2), nor are bytes that are no UTF-8: who reads a string decides on them.
bool is_one_value(std::string_view text) noexcept;

/// A JSON text that is looked into without a tree: each look is linear in the bytes of the value and takes no
/// memory. It holds a view: the text must outlive it. What it is made of should be well-formed; of
/// anything else it tells something, and reads nothing beyond its end.
class json_view {
public:
    json_view() noexcept = default;
    /// White space around the value is left away.
    explicit json_view(std::string_view text) noexcept;

    /// The text of the value; "" where there is none.
    std::string_view raw() const noexcept { return raw_; }
    explicit operator bool() const noexcept { return !raw_.empty(); }

    bool is_object() const noexcept { return raw_.starts_with('{'); }
    bool is_array() const noexcept { return raw_.starts_with('['); }
    bool is_string() const noexcept { return raw_.starts_with('"'); }
    bool is_null() const noexcept { return raw_ == "null"; }

    /// The member of an object; one that is there twice counts as the last. None where this is no object.
    json_view operator[](std::string_view name) const;

    /// What a string says; "" for anything else. A lone surrogate becomes U+FFFD.
    std::string text() const;
    /// Like text(), but nothing for what is no string.
    std::optional<std::string> string() const;
    /// A number; nothing for anything else, and for what a double cannot carry.
    std::optional<double> number() const;
    /// An integer that is written as one, or as a double without a fraction.
    std::optional<std::int64_t> integer() const;
    /// A boolean; nothing for anything else.
    std::optional<bool> boolean() const noexcept;

    /// Calls `visit(json_view)` with each element of an array, until it returns false. None where this is no
    /// array.
    template <class Visit>
    void each(Visit&& visit) const {
        if (!is_array()) {
            return;
        }
        json_cursor at{raw_};
        at.take('[');
        while (at.peek() != ']' && at.peek() != '\0' && !at.failed()) {
            const auto element = next_value(at);
            if (at.failed() || !visit(element)) {
                return;
            }
            at.take(',');
        }
    }

    /// Calls `visit(std::string name, json_view)` with each member of an object, until it returns false.
    template <class Visit>
    void members(Visit&& visit) const {
        if (!is_object()) {
            return;
        }
        json_cursor at{raw_};
        at.take('{');
        while (at.peek() == '"') {
            const auto name = at.string();
            at.take(':');
            const auto value = next_value(at);
            if (at.failed() || !visit(unescaped(name), value)) {
                return;
            }
            at.take(',');
        }
    }

private:
    json_view next_value(json_cursor& at) const;
    static std::string unescaped(std::string_view inside);

    std::string_view raw_;
};

}  // namespace tapes::text
