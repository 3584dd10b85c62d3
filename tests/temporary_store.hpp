#pragma once

#include <tapes/capture/ledger.hpp>
#include <tapes/store/store.hpp>
#include <tapes/store/writer.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

namespace tapes::store::test {

/// A directory that is gone at the end of the test, and a store in it.
class temporary_store {
public:
    temporary_store() {
        std::string made = (std::filesystem::temp_directory_path() / "tapes-store-XXXXXX").string();
        if (::mkdtemp(made.data()) == nullptr) {
            throw std::runtime_error{"no temporary directory"};
        }
        directory_ = made;
    }
    ~temporary_store() {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    temporary_store(const temporary_store&) = delete;
    temporary_store& operator=(const temporary_store&) = delete;

    std::string directory() const { return directory_; }
    std::string path() const { return directory_ + "/tapes.sqlite"; }
    open_options options() const { return {path(), synchronous::normal}; }

private:
    std::string directory_;
};

/// A store of the test's own that is open for writing.
class written_store {
public:
    explicit written_store(writer::settings how = {}) : out{lock, account, std::move(how)} {}
    ~written_store() { stop(); }
    written_store(const written_store&) = delete;
    written_store& operator=(const written_store&) = delete;

    std::string path() const { return where.path(); }
    /// Ends the thread that writes, which has given back all that it was given then.
    void stop() { out.stop(std::chrono::steady_clock::now() + std::chrono::seconds{60}); }

    temporary_store where;
    store_lock lock{where.options()};
    capture::ledger account;
    writer out;
};

}  // namespace tapes::store::test
