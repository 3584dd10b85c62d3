#pragma once

#include <string_view>

/// The room is named `export`, which C++ keeps for itself: its namespace is `exports`.
namespace tapes::exports {

/// Takes the bytes of an export, piece by piece.
class sink {
public:
    sink() = default;
    virtual ~sink() = default;
    sink(const sink&) = delete;
    sink& operator=(const sink&) = delete;

    /// May wait until there is room. Throws std::exception where nothing is taken any more: a writer lets
    /// that pass through it.
    virtual void write(std::string_view bytes) = 0;
};

}  // namespace tapes::exports
