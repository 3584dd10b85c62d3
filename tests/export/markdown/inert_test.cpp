#include "markdown/inert.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace inert_test {

using namespace tapes::exports;

TEST_CASE("Markdown of an answer stays, but for what could act") {
    CHECK(inert_markdown("# A\n\n- *b* `c`\n") == "# A\n\n- *b* `c`\n");
    CHECK(inert_markdown("<script>x</script>") == "&lt;script>x&lt;/script>\n");
    CHECK(inert_markdown("\\<b>") == "\\&lt;b>\n");
    CHECK(inert_markdown("[a](javascript:b)") == "[a]\\(javascript:b)\n");
    CHECK(inert_markdown("![a](http://b.test/c.png)") == "!\\[a]\\(http://b.test/c.png)\n");
    CHECK(inert_markdown("[a]: http://b.test\n[a][a]") == "[a]\\: http://b.test\n[a]\\[a]\n");
    CHECK(inert_markdown("a\r\nb\x1b[31m\u202e") == "a\nb\\u001b[31m\\u202e\n");
}

TEST_CASE("fenced blocks stay and always end") {
    CHECK(inert_markdown("```cpp\nvector<int> a;\n```\nb") == "```cpp\nvector<int> a;\n```\nb\n");
    CHECK(inert_markdown("a\n```\n<b>") == "a\n\n```\n<b>\n```\n");
    CHECK(inert_markdown("````\n```\n````") == "````\n```\n````\n");
    CHECK(inert_markdown("~~~ <x>\"\n~~~") == "~~~ x\n~~~\n");
}

TEST_CASE("a fence within a list stands for itself, so that both ends are seen alike") {
    CHECK(inert_markdown("1. a\n   ```sh\n   ls\n     -l\n   ```\n2. b") ==
          "1. a\n\n```sh\nls\n  -l\n```\n2. b\n");
    // A fence behind a mark of a list or a quote is none: it could end where this does not see it.
    CHECK(inert_markdown("- ```\n<b>") == "- \\```\n&lt;b>\n");
    CHECK(inert_markdown("> ~~~\n<b>") == "> \\~~~\n&lt;b>\n");
    CHECK(inert_markdown("- a\n  ```\n```\n<b>") == "- a\n\n```\n```\n&lt;b>\n");
}

TEST_CASE("a fence is longer than any in the text") {
    CHECK(fenced("a", "json") == "```json\na\n```\n");
    CHECK(fenced("a\n```\nb\n", "") == "````\na\n```\nb\n````\n");
    CHECK(fenced("`````", "") == "``````\n`````\n``````\n");
}

TEST_CASE("one line of text is no Markdown") {
    CHECK(inline_text("*a* <b> & [c](d)\n# e") == "\\*a\\* &lt;b\\> &amp; \\[c\\](d)\\\\n\\# e");
    CHECK(details_open("<b> & c") == "<details>\n<summary>&lt;b&gt; &amp; c</summary>\n\n");
}

}  // namespace inert_test
