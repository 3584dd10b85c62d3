#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TAPES_TESTS_SANITIZED 1
#endif
#endif

namespace tapes::test {

/// A sanitizer watches this program. It takes ten times as long then: what is measured by the optimized build
/// can be done with a part of the size here.
#if defined(TAPES_TESTS_SANITIZED) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace tapes::test
