#pragma once

#include <tapes/text/utf8.hpp>

#include <cctype>
#include <cstddef>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A search that looks at all texts, word by word, and texts in fourteen languages for it. It has nothing in
/// common with the one that is tested.
namespace tapes::test {

struct language {
    const char* name;
    std::vector<std::string> pieces;  ///< words, or parts of sentences where they are written without spaces
    const char* between;
};

inline const std::vector<language>& languages() {
    static const std::vector<language> all{
        {"English",
         {"the", "Agent", "failed", "don't", "multi-agent", "std::move", "a.b", "files", "café"},
         " "},
        {"German", {"Straße", "über", "Größe", "Fehler", "die", "Ärger", "öffnen"}, " "},
        {"French", {"élève", "ça", "garçon", "l'été", "Où", "naïve", "coeur"}, " "},
        {"Vietnamese", {"tiếng", "Việt", "lỗi", "tệp", "không", "mở"}, " "},
        {"Turkish", {"dosya", "şimdi", "güçlü", "çalış", "ığdır"}, " "},
        {"Russian", {"Ошибка", "файл", "открыть", "не", "может", "язык"}, " "},
        {"Greek", {"σφαλμα", "Αρχειο", "δεν", "ανοιγει"}, " "},
        {"Arabic", {"خطأ", "ملف", "لا", "يمكن", "فتح"}, " "},
        {"Hebrew", {"שגיאה", "קובץ", "לא", "נפתח"}, " "},
        {"Hindi", {"त्रुटि", "फ़ाइल", "नहीं", "खुली", "हिन्दी"}, " "},
        {"Chinese", {"数据库", "无法", "打开", "文件", "错误", "，", "a", "GPT4"}, ""},
        {"Japanese", {"データ", "ファイル", "を", "開けません", "日本語", "。", "API"}, ""},
        {"Korean", {"파일을", "열", "수", "없습니다", "오류"}, " "},
        {"Thai", {"ไฟล์", "เปิด", "ไม่ได้", "ข้อผิดพลาด", "ภาษาไทย"}, ""},
    };
    return all;
}

/// The end of a run of characters of scripts without spaces.
inline const std::u32string end_of_run{U'|'};

/// Of the scripts of these languages.
inline bool is_written_without_spaces(char32_t point) {
    return (point >= 0x0E01 && point <= 0x0E4E) || (point >= 0x3041 && point <= 0x9FFF) ||
           (point >= 0xAC00 && point <= 0xD7A3);
}

/// What the slow search compares: words in small letters without diacritics, and single characters of scripts
/// without spaces, with the ends of their runs.
inline std::vector<std::u32string> units_of(std::string_view text) {
    static const std::map<char32_t, char32_t> folded{
        {U'é', U'e'}, {U'è', U'e'}, {U'ê', U'e'}, {U'ç', U'c'}, {U'ù', U'u'}, {U'ï', U'i'}, {U'ü', U'u'},
        {U'ö', U'o'}, {U'ä', U'a'}, {U'Ä', U'a'}, {U'É', U'e'}, {U'ş', U's'}, {U'ğ', U'g'}, {U'ế', U'e'},
        {U'ệ', U'e'}, {U'ỗ', U'o'}, {U'ô', U'o'}, {U'ở', U'o'}, {U'О', U'о'}, {U'Α', U'α'}};
    std::vector<std::u32string> units;
    std::u32string word;
    bool in_run = false;
    const auto end_word = [&] {
        if (!word.empty()) {
            units.push_back(std::exchange(word, {}));
        }
    };
    while (!text.empty()) {
        const auto part = tapes::text::first_utf8(text);
        text.remove_prefix(part.size);
        char32_t point = part.point;
        if (is_written_without_spaces(point)) {
            end_word();
            units.push_back({point});
            in_run = true;
            continue;
        }
        if (std::exchange(in_run, false)) {
            units.push_back(end_of_run);
        }
        const bool ascii_letter = point < 0x80 && std::isalnum(static_cast<int>(point)) != 0;
        if (!ascii_letter && (point < 0x80 || point == U'，' || point == U'。')) {
            end_word();
            continue;
        }
        const auto known = folded.find(point);
        point = known != folded.end() ? known->second : point;
        word += point < 0x80 ? static_cast<char32_t>(std::tolower(static_cast<int>(point))) : point;
    }
    end_word();
    return units;
}

inline bool slow_contains(const std::vector<std::u32string>& all, const std::vector<std::u32string>& wanted,
                          bool beginning) {
    for (std::size_t at = 0; at + wanted.size() <= all.size(); ++at) {
        bool same = true;
        for (std::size_t i = 0; i < wanted.size() && same; ++i) {
            same = beginning && i + 1 == wanted.size() ? all[at + i].starts_with(wanted[i])
                                                       : all[at + i] == wanted[i];
        }
        if (same && !wanted.empty()) {
            return true;
        }
    }
    return false;
}

inline std::string sentence(const language& in, std::mt19937& random, std::size_t pieces) {
    std::string made;
    for (std::size_t i = 0; i < pieces; ++i) {
        made += (made.empty() ? "" : in.between) + in.pieces[random() % in.pieces.size()];
    }
    return made;
}

}  // namespace tapes::test
