#include "html/escape.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

namespace escape_test {

using namespace std::string_view_literals;
using namespace tapes::exports;

std::string shown(std::string_view text) {
    std::string made;
    append_html_text(made, text);
    return made;
}

TEST_CASE("text within an element is text") {
    CHECK(shown("<b>&\"'</b>\n\t") == "&lt;b&gt;&amp;&quot;'&lt;/b&gt;\n\t");
    CHECK(shown("é🦊 a\u200db") == "é🦊 a\u200db");
    CHECK(shown("a\x1b\x00\r\x7f"sv) == "a<i>U+001B</i><i>U+0000</i><i>U+000D</i><i>U+007F</i>");
    CHECK(shown("\u202e\u2028\ufeff\U000e0041") == "<i>U+202E</i><i>U+2028</i><i>U+FEFF</i><i>U+E0041</i>");
    CHECK(shown("\xff") == "\ufffd");
}

std::string said(std::string_view text) {
    std::string made;
    append_html_said(made, text);
    return made;
}

TEST_CASE("Markdown is marked up and stays whole") {
    CHECK(said("# a\nb `c<` **d** e") == "<b># a</b>\nb <code>`c&lt;`</code> <b>**d**</b> e");
    CHECK(said("a\n```cpp\nx<y>\n```\nb\n") == "a\n<code>```cpp\nx&lt;y&gt;\n```</code>\nb\n");
    CHECK(said("```\nopen `a`\n") == "<code>```\nopen `a`\n</code>");
    CHECK(said("``\n** `") == "``\n** `");
    CHECK(said("") == "");
}

TEST_CASE("nothing in JSON ends a script") {
    CHECK(html_json("{\"a\":\"</script><!--\u2028\u2029\"}") ==
          "{\"a\":\"\\u003c/script>\\u003c!--\\u2028\\u2029\"}");
}

TEST_CASE("labels and base64") {
    CHECK(html_label("<a\n\x1b>") == "&lt;a\\n\\u001b&gt;");
    CHECK(base64_of(tapes::merkle::sha256("")) == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

}  // namespace escape_test
