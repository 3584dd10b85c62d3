#include <tapes/store/own_file.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tapes::store {

std::string problem_of_own_file(int file, const std::string& store) {
    struct stat about {};
    if (::fstat(file, &about) != 0) {
        return std::system_category().message(errno);
    }
    if (!S_ISREG(about.st_mode)) {
        return "it is no regular file";
    }
    if (about.st_nlink > 1) {
        return "it has more than one name (hard links)";
    }
    struct stat beside {};
    const bool of_owner = ::stat(store.c_str(), &beside) == 0 && beside.st_uid == about.st_uid;
    return about.st_uid == ::geteuid() || of_owner ? std::string{} : "it belongs to another user";
}

}  // namespace tapes::store
