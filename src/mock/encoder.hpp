#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tapes::mock {

/// Applies a content coding. Everything that was pushed comes out with the same push.
class encoder {
public:
    virtual ~encoder() = default;
    virtual std::string push(std::string_view bytes, bool last) = 0;
};

/// Makes an encoder of gzip, zstd or br; nullptr for any other coding.
std::unique_ptr<encoder> make_encoder(std::string_view coding);

}  // namespace tapes::mock
