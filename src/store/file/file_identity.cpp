#include <tapes/store/file_identity.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <system_error>

namespace tapes::store {

std::optional<file_identity> identity_of(const std::string& path) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) {
        return std::nullopt;
    }
    return file_identity{about.st_dev, about.st_ino};
}

std::string resolved(const std::string& path) {
    std::error_code failed;
    const auto real = std::filesystem::canonical(path, failed);
    return failed ? path : real.string();
}

}  // namespace tapes::store
