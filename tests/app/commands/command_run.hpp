#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>
#include <tapes/text/utf8.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>

namespace tapes::app::test {

/// What a command wrote, and its exit code.
struct ran {
    std::string out, err;
    int code = 0;
};

inline config::settings settings_of(const std::string& store_path) {
    config::settings made;
    made.storage.sqlite_path = store_path;
    return made;
}

inline ran run(const config::settings& settings,
               const std::function<int(const config::settings&, printer&, printer&)>& command) {
    std::ostringstream out;
    std::ostringstream err;
    printer to{out};
    printer complaints{err};
    ran done;
    done.code = command(settings, to, complaints);
    done.out = out.str();
    done.err = err.str();
    return done;
}

/// Holds `text`, which is an output without what a test does not choose, against tests/data/reading/NAME;
/// with TAPES_UPDATE_GOLDEN set it is written there. Only what is coloured may have escape sequences.
inline void check_golden(const std::string& name, const ran& done, const std::string& text,
                         bool coloured = false) {
    INFO(name);
    CHECK(done.code == 0);
    CHECK(done.err.empty());
    CHECK(text::valid_utf8(done.out));
    CHECK((coloured || done.out.find('\x1b') == std::string::npos));
    CHECK(done.out.find("\xe2\x80\xae") == std::string::npos);
    const auto path = std::string{TAPES_TEST_DATA} + "/reading/" + name;
    if (std::getenv("TAPES_UPDATE_GOLDEN") != nullptr) {
        std::ofstream{path, std::ios::binary} << text;
    }
    std::ifstream file{path, std::ios::binary};
    const std::string expected{std::istreambuf_iterator<char>{file}, {}};
    CHECK(text == expected);
}

}  // namespace tapes::app::test
