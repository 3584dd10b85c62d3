#include <tapes/capture/chunk_times.hpp>

#include <catch2/catch.hpp>

namespace tapes::capture::chunk_times_test {

TEST_CASE("the times of chunks are read back as they were written") {
    chunk_times times;
    times.add(5'000'000, 100);
    times.add(5'000'127, 1);
    times.add(5'000'128, 0);
    times.add(9'999'999'999, std::uint64_t{1} << 40);
    CHECK(times.chunks() == std::vector<chunk_times::chunk>{
                                {0, 100}, {127, 1}, {128, 0}, {9'994'999'999, std::uint64_t{1} << 40}});
    CHECK(chunk_times::decode(times.encoded()) == times.chunks());
    CHECK(chunk_times{}.encoded().empty());
}

TEST_CASE("however many chunks come, few are kept, and none of their bytes is lost") {
    chunk_times times;
    constexpr std::uint64_t many = 1'000'000;
    for (std::uint64_t i = 0; i < many; ++i) {
        times.add(static_cast<std::int64_t>(i * 10), 3);
    }
    CHECK(times.size() <= chunk_times::most);
    CHECK(times.size() > chunk_times::most / 2 - 2);
    std::uint64_t sum = 0;
    std::uint64_t before = 0;
    for (const auto& one : times.chunks()) {
        CHECK((one.at_us == 0 || one.at_us > before));
        before = one.at_us;
        sum += one.bytes;
    }
    CHECK(sum == 3 * many);
    CHECK(chunk_times::decode(times.encoded()) == times.chunks());
    CHECK(times.encoded().size() <= 16 * 1024);
}

TEST_CASE("what is no list of times is read as none") {
    chunk_times times;
    times.add(0, 1000);
    times.add(70, 300);
    const auto good = times.encoded();
    for (std::size_t size = 1; size < good.size(); ++size) {
        const auto read = chunk_times::decode(std::string_view{good}.substr(0, size));
        CHECK((read.empty() || read.size() == 1));
    }
    CHECK(chunk_times::decode(std::string(40, '\xFF')).empty());
}

}  // namespace tapes::capture::chunk_times_test
