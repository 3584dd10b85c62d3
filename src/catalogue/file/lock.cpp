#include "file/lock.hpp"

#include "file/own_place.hpp"

#include <tapes/catalogue/catalogue.hpp>
#include <tapes/store/own_file.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tapes::catalogue {

std::unique_ptr<file_lock> file_lock::take(const std::string& catalogue) {
    const auto path = catalogue + ".lock";
    const auto refuse = [&](const std::string& why) {
        throw open_error{"catalogue " + catalogue + " cannot be locked: " + path + ": " + why};
    };
    while (true) {
        const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
        if (file < 0) {
            refuse(std::system_category().message(errno));
        }
        std::unique_ptr<file_lock> made{new file_lock{path, file}};
        if (const auto problem = store::problem_of_own_file(file, ""); !problem.empty()) {
            refuse(problem);
        }
        if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK) {
                refuse(std::system_category().message(errno));
            }
            return nullptr;
        }
        if (made->is_in_place()) {
            return made;
        }
    }
}

file_lock::~file_lock() {
    ::close(file_);
}

bool file_lock::is_in_place() const {
    return is_open_at(file_, path_);
}

}  // namespace tapes::catalogue
