#include <tapes/capture/body.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace tapes::capture {

namespace {

constexpr std::size_t first_capacity = 1024;

/// Opens a file without a name in `directory`; returns -1 on an error. O_TMPFILE needs a file system that
/// knows it, so a named file that is unlinked at once is the second choice.
int open_unlinked(const std::string& directory) {
    const int made = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (made >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) {
        return made;
    }
    auto name = directory + "/.spill-XXXXXX";
    const int named = ::mkostemp(name.data(), O_CLOEXEC);
    if (named >= 0) {
        ::unlink(name.c_str());
    }
    return named;
}

}  // namespace

body::~body() {
    release();
}

void body::expect(std::uint64_t bytes) {
    const auto wanted = std::min<std::uint64_t>(bytes, policy_->memory_bytes);
    if (!given_up_ && file_ < 0 && wanted > capacity_) {
        grow(static_cast<std::size_t>(wanted));  // a refusal shows again, and is handled, in append()
    }
}

bool body::grow(std::size_t wanted) {
    const auto more = wanted - capacity_;
    if (!limits_->reserve_capture(more)) {
        return false;
    }
    auto* const moved = static_cast<char*>(std::realloc(memory_, wanted));
    if (moved == nullptr) {
        limits_->release_memory(more);
        return false;
    }
    memory_ = moved;
    capacity_ = wanted;
    return true;
}

bool body::append(std::string_view bytes) {
    if (given_up_) {
        return false;
    }
    if (bytes.empty()) {
        return true;
    }
    if (file_ < 0) {
        const auto wanted = static_cast<std::size_t>(size_) + bytes.size();
        const bool small = wanted <= policy_->memory_bytes;
        const auto doubled = std::min<std::size_t>(std::max(first_capacity, capacity_ * 2),
                                                   static_cast<std::size_t>(policy_->memory_bytes));
        if (small && (wanted <= capacity_ || grow(std::max(wanted, doubled)) || grow(wanted))) {
            std::memcpy(memory_ + size_, bytes.data(), bytes.size());
            size_ += bytes.size();
            return true;
        }
        if (!spill()) {
            abandon();
            return false;
        }
    }
    if (!write_file(bytes)) {
        abandon();
        return false;
    }
    size_ += bytes.size();
    return true;
}

bool body::spill() {
    if (policy_->directory.empty()) {
        return false;
    }
    file_ = open_unlinked(policy_->directory);
    if (file_ < 0 || !write_file({memory_, static_cast<std::size_t>(size_)})) {
        return false;
    }
    std::free(std::exchange(memory_, nullptr));
    limits_->release_memory(std::exchange(capacity_, 0));
    return true;
}

bool body::write_file(std::string_view bytes) {
    if (!limits_->reserve_spill(bytes.size())) {
        return false;
    }
    spilled_ += bytes.size();
    if (mapping_ != nullptr) {  // it would not show what is added
        ::munmap(std::exchange(mapping_, nullptr), size_);
    }
    while (!bytes.empty()) {
        const auto wrote = ::write(file_, bytes.data(), bytes.size());
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return true;
}

std::string_view body::view() {
    if (given_up_ || size_ == 0 || (memory_ == nullptr && file_ < 0)) {
        return {};
    }
    if (file_ < 0) {
        return {memory_, static_cast<std::size_t>(size_)};
    }
    if (mapping_ == nullptr) {
        void* const mapped = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file_, 0);
        if (mapped == MAP_FAILED) {
            abandon();
            return {};
        }
        mapping_ = mapped;
    }
    return {static_cast<const char*>(mapping_), static_cast<std::size_t>(size_)};
}

void body::abandon() noexcept {
    release();
    given_up_ = true;
}

void body::release() noexcept {
    if (mapping_ != nullptr) {
        ::munmap(std::exchange(mapping_, nullptr), size_);
    }
    if (file_ >= 0) {
        ::close(std::exchange(file_, -1));
    }
    limits_->release_spill(std::exchange(spilled_, 0));
    std::free(std::exchange(memory_, nullptr));
    limits_->release_memory(std::exchange(capacity_, 0));
}

}  // namespace tapes::capture
