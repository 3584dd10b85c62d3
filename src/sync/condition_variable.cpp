#include "tapes/sync/condition_variable.hpp"

namespace tapes::sync {

void condition_variable::wait(unique_lock& lock) {
    condition_.wait(lock.lock_);
}

bool condition_variable::wait_until(unique_lock& lock, clock::time_point deadline) {
    return condition_.wait_until(lock.lock_, deadline) == std::cv_status::no_timeout;
}

bool condition_variable::wait_for(unique_lock& lock, clock::duration duration) {
    return wait_until(lock, clock::now() + duration);
}

}  // namespace tapes::sync
