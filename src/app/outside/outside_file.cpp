#include "outside/outside_file.hpp"

#include <tapes/store/store.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/json_elements.hpp>
#include <tapes/text/json_view.hpp>

#include <array>
#include <fstream>
#include <utility>

namespace tapes::app {

namespace {

constexpr std::size_t file_step = std::size_t{256} * 1024;
constexpr std::size_t longest_beginning = std::size_t{64} * 1024;

/// The file, piece by piece.
class file_pieces {
public:
    explicit file_pieces(const std::string& path) : path_{path}, file_{path, std::ios::binary} {
        if (!file_) {
            throw store::open_error{path + " cannot be opened"};
        }
        file_.seekg(0, std::ios::end);
        const auto size = file_.tellg();
        total_ = size > 0 ? static_cast<std::uint64_t>(size) : 0;
        file_.clear();
        file_.seekg(0);
    }
    std::string_view next() {
        file_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
        if (file_.bad()) {
            throw store::open_error{path_ + " cannot be read"};
        }
        const auto count = static_cast<std::size_t>(file_.gcount());
        read_ += count;
        return {buffer_.data(), count};
    }
    std::uint64_t read() const noexcept { return read_; }
    std::uint64_t total() const noexcept { return total_; }

private:
    const std::string path_;
    std::ifstream file_;
    std::string buffer_ = std::string(file_step, '\0');
    std::uint64_t read_ = 0, total_ = 0;
};

std::string_view without_mark(std::string_view text) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

/// Gives each line of a file on, without its end; of one that is too long, nothing.
class line_cutter {
public:
    using taker = std::function<void(std::string_view line, std::uint64_t number, bool too_long)>;
    explicit line_cutter(taker take) : take_{std::move(take)} {}

    void feed(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto end = bytes.find('\n');
            keep(bytes.substr(0, end));
            if (end == std::string_view::npos) {
                return;
            }
            finish();
            bytes.remove_prefix(end + 1);
        }
    }
    void finish() {
        ++number_;
        const auto text = number_ == 1 ? without_mark(line_) : std::string_view{line_};
        if (too_long_ || text.find_first_not_of(" \t\r") != std::string_view::npos) {
            take_(text, number_, too_long_);
        }
        line_.clear();
        too_long_ = false;
    }

private:
    void keep(std::string_view part) {
        too_long_ = too_long_ || line_.size() + part.size() > longest_entry;
        if (too_long_) {
            line_.clear();
        } else {
            line_ += part;
        }
    }

    taker take_;
    std::string line_;
    std::uint64_t number_ = 0;
    bool too_long_ = false;
};

struct entry_judge {
    const std::function<void(std::string_view, const entry_place&)>& take;
    const std::function<void(const entry_place&, const std::string&)>& bad;

    void judge(std::string_view json, bool too_long, entry_place place) const {
        if (too_long) {
            bad(place, "it has more than " + std::to_string(longest_entry >> 20) + " MiB");
        } else if (!text::is_one_value(json)) {
            bad(place, "it is no JSON object");
        } else {
            take(json, place);
        }
    }
};

}  // namespace

outside_kind kind_of_file(const std::string& path) {
    file_pieces file{path};
    const auto piece = file.next();
    const auto begin = without_mark(piece.substr(0, longest_beginning));
    constexpr std::string_view sqlite{"SQLite format 3\0", 16};
    if (begin.starts_with(sqlite)) {
        return outside_kind::reference_store;
    }
    text::json_cursor at{begin};
    if (at.take('[')) {
        return outside_kind::json_lines;
    }
    if (!at.take('{')) {
        return outside_kind::unknown;
    }
    return at.peek() == '"' && at.string() == "log" ? outside_kind::har : outside_kind::json_lines;
}

void visit_entries(const std::string& path, outside_kind kind,
                   const std::function<void(std::string_view, const entry_place&)>& take,
                   const std::function<void(const entry_place&, const std::string&)>& bad) {
    file_pieces file{path};
    const entry_judge judge{take, bad};
    auto piece = file.next();
    const auto first = without_mark(piece).find_first_not_of(" \t\r\n");
    const bool list = first != std::string_view::npos && without_mark(piece)[first] == '[';
    if (kind == outside_kind::json_lines && !list) {
        line_cutter lines{[&](std::string_view line, std::uint64_t number, bool too_long) {
            judge.judge(line, too_long, {"line " + std::to_string(number), file.read(), file.total()});
        }};
        for (; !piece.empty(); piece = file.next()) {
            lines.feed(piece);
        }
        lines.finish();
        return;
    }
    std::uint64_t number = 0;
    std::vector<std::string> way;
    if (kind == outside_kind::har) {
        way = {"log", "entries"};
    }
    text::json_elements entries{std::move(way), longest_entry, [&](const text::json_elements::element& one) {
                                    judge.judge(
                                        one.text, one.too_long,
                                        {"entry " + std::to_string(++number), file.read(), file.total()});
                                }};
    for (piece = without_mark(piece); !piece.empty(); piece = file.next()) {
        entries.feed(piece);
    }
    if (!entries.found()) {
        throw store::open_error{path + " is no HAR file: it has no log with entries"};
    }
    if (!entries.complete()) {
        bad({"the end of the file", file.read(), file.total()}, "the list of entries breaks off");
    }
}

}  // namespace tapes::app
