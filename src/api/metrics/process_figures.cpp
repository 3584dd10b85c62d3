#include "metrics/process_figures.hpp"

#include "metrics/families.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>

namespace tapes::api {

namespace {

double boot_time() {
    std::ifstream file{"/proc/stat"};
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("btime ")) {
            return std::stod(line.substr(6));
        }
    }
    return 0;
}

}  // namespace

std::vector<prometheus::MetricFamily> process_figures() {
    using prometheus::MetricType;
    std::vector<prometheus::MetricFamily> figures;
    std::ifstream file{"/proc/self/stat"};
    const std::string stat{std::istreambuf_iterator<char>{file}, {}};
    // The name in parentheses may hold anything; the fields after it are proc(5)'s from 3 on.
    std::istringstream rest{stat.substr(std::min(stat.rfind(')') + 1, stat.size()))};
    const std::vector<std::string> fields{std::istream_iterator<std::string>{rest}, {}};
    if (fields.size() > 21) {
        const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
        const auto field = [&](std::size_t number) { return std::stod(fields[number - 3]); };
        figures.push_back(single_family("process_cpu_seconds_total", "User and system CPU time.",
                                        MetricType::Counter, (field(14) + field(15)) / ticks));
        figures.push_back(single_family("process_threads", "Threads.", MetricType::Gauge, field(20)));
        static const double booted = boot_time();
        figures.push_back(single_family("process_start_time_seconds", "Start time since the epoch.",
                                        MetricType::Gauge, booted + field(22) / ticks));
        figures.push_back(
            single_family("process_virtual_memory_bytes", "Virtual memory.", MetricType::Gauge, field(23)));
        figures.push_back(single_family("process_resident_memory_bytes", "Resident memory.",
                                        MetricType::Gauge,
                                        field(24) * static_cast<double>(::sysconf(_SC_PAGESIZE))));
    }
    std::error_code failed;
    const std::filesystem::directory_iterator open{"/proc/self/fd", failed};
    if (!failed) {
        // One of them is the directory itself.
        figures.push_back(single_family("process_open_fds", "Open file descriptors.", MetricType::Gauge,
                                        static_cast<double>(std::distance(begin(open), end(open)) - 1)));
    }
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        figures.push_back(single_family("process_max_fds", "Most open file descriptors.", MetricType::Gauge,
                                        static_cast<double>(limit.rlim_cur)));
    }
    return figures;
}

}  // namespace tapes::api
