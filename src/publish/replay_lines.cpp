#include "outgoing.hpp"

#include <tapes/event/members.hpp>
#include <tapes/merkle/canonical.hpp>
#include <tapes/publish/replay_target.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ostream>
#include <stdexcept>
#include <system_error>

namespace tapes::publish {

namespace {

class stream_target : public replay_target {
public:
    stream_target(std::ostream& to, std::uint64_t begun) : to_{to}, bytes_{begun} {}

    std::uint64_t most_bytes() const override { return 0; }

    void send(const event::event_record& event) override {
        line_.clear();
        append_event_line(line_, event);
        line_ += '\n';
        to_.write(line_.data(), static_cast<std::streamsize>(line_.size()));
        bytes_ += line_.size();
    }

    bool settle(std::chrono::milliseconds) override {
        if (!to_.flush()) {
            throw std::runtime_error{"the output cannot be written any more"};
        }
        return true;
    }

    std::uint64_t bytes() const override { return bytes_; }

private:
    std::ostream& to_;
    std::string line_;
    std::uint64_t bytes_;
};

class file_target : public replay_target {
public:
    file_target(const std::string& path, file_start start, std::uint64_t begun) : path_{path}, bytes_{begun} {
        const int making = start == file_start::fresh ? O_CREAT | O_EXCL : begun == 0 ? O_CREAT : 0;
        file_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | making, 0600);
        if (file_ < 0) {
            fail(errno == EEXIST ? "exists already; name another file" : "cannot be opened: ",
                 errno != EEXIST);
        }
        // What came after the saved position comes again: the file ends up without repeats.
        struct stat about {};
        const bool there = ::fstat(file_, &about) == 0;
        if (!there || static_cast<std::uint64_t>(about.st_size) < begun) {
            ::close(file_);
            throw std::runtime_error{path +
                                     " is shorter than what was written to it; it cannot be gone on with"};
        }
        if (::ftruncate(file_, static_cast<off_t>(begun)) != 0 ||
            ::lseek(file_, static_cast<off_t>(begun), SEEK_SET) < 0) {
            const int error = errno;
            ::close(file_);
            errno = error;
            fail("cannot be gone on with: ", true);
        }
    }
    ~file_target() override { ::close(file_); }
    file_target(const file_target&) = delete;
    file_target& operator=(const file_target&) = delete;

    std::uint64_t most_bytes() const override { return 0; }

    void send(const event::event_record& event) override {
        append_event_line(lines_, event);
        lines_ += '\n';
        if (lines_.size() >= at_once) {
            write_lines();
        }
    }

    bool settle(std::chrono::milliseconds) override {
        write_lines();
        if (unsynced_ && ::fdatasync(file_) != 0 && errno != EINVAL &&
            errno != EROFS) {  // a pipe has no disk
            fail("cannot be written: ", true);
        }
        unsynced_ = false;
        return true;
    }

    std::uint64_t bytes() const override { return bytes_ + lines_.size(); }

private:
    static constexpr std::size_t at_once = 256 * 1024;

    [[noreturn]] void fail(const std::string& problem, bool with_error) const {
        throw std::runtime_error{path_ + " " + problem +
                                 (with_error ? std::system_category().message(errno) : std::string{})};
    }

    void write_lines() {
        std::size_t done = 0;
        while (done < lines_.size()) {
            const auto written = ::write(file_, lines_.data() + done, lines_.size() - done);
            if (written < 0 && errno != EINTR) {
                fail("cannot be written: ", true);
            }
            done += written < 0 ? 0 : static_cast<std::size_t>(written);
        }
        unsynced_ = unsynced_ || done > 0;
        bytes_ += done;
        lines_.clear();
    }

    const std::string path_;
    int file_ = -1;
    std::string lines_;  ///< that wait to be written
    std::uint64_t bytes_;
    bool unsynced_ = false;
};

}  // namespace

void append_event_line(std::string& out, const event::event_record& event) {
    const outgoing whole{event, ""};
    out += "{\"type\":";
    merkle::append_json_string(out, event.type);
    event::append_member(out, "id", event.id);
    event::append_member(out, "key", event.key);
    out += ",\"timestamp_ms\":";
    event::append_int(out, event.timestamp_ms);
    out += ",\"headers\":{";
    bool first = true;
    for (const auto& header : whole.record().headers) {
        if (first) {
            merkle::append_json_string(out, header.name);
            out += ':';
            merkle::append_json_string(out, header.value);
            first = false;
        } else {
            event::append_member(out, header.name, header.value);
        }
    }
    out += "},\"value\":";
    out += event.value;
    out += '}';
}

std::unique_ptr<replay_target> make_stream_target(std::ostream& to, std::uint64_t begun) {
    return std::make_unique<stream_target>(to, begun);
}

std::unique_ptr<replay_target> make_file_target(const std::string& path, file_start start,
                                                std::uint64_t begun) {
    return std::make_unique<file_target>(path, start, begun);
}

}  // namespace tapes::publish
