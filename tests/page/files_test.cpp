#include <tapes/page/files.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

namespace tapes::page::files_test {

using Catch::Matchers::Contains;

TEST_CASE("every build has a document, and its files are found by their paths") {
    CHECK(index_file().path == "/index.html");
    CHECK(index_file().content_type == "text/html; charset=utf-8");
    CHECK_FALSE(index_file().immutable);
    CHECK(std::ranges::is_sorted(files(), {}, &file::path));
    for (const auto& one : files()) {
        CHECK(find_file(one.path) == &one);
        CHECK(one.immutable == one.path.starts_with("/assets/"));
        CHECK_FALSE(one.tag.empty());
    }
    CHECK(find_file("/assets/none.js") == nullptr);
    CHECK(find_file("") == nullptr);
}

TEST_CASE("a build without the page says so, and one with it has its program") {
    const auto has_program = std::ranges::any_of(files(), [](const file& one) {
        return one.path.ends_with(".js") && one.gzip && one.content_type == "text/javascript; charset=utf-8";
    });
    CHECK(has_program == is_built());
    if (!is_built()) {
        CHECK(files().size() == 1);
        CHECK_THAT(std::string{index_file().bytes}, Contains("has no page") && Contains("TAPES_UI=OFF"));
    }
}

}  // namespace tapes::page::files_test
