// Counters and durations in the text form of Prometheus. No label holds a name, a key or an
// address.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <string>

namespace bidseal::cloud {

class Metrics {
public:
    /// `labels` as they are written, such as `route="sign/begin",outcome="ok"`.
    void count(const std::string& name, const std::string& labels);
    /// A duration of the histogram NAME_seconds.
    void duration(const std::string& name, const std::string& labels, double seconds);
    void gauge(const std::string& name, double value);
    std::string text() const;

private:
    static constexpr std::array<double, 9> bounds{0.001, 0.005, 0.01, 0.025, 0.05, 0.15, 0.5, 1, 5};
    struct Histogram {
        std::array<uint64_t, bounds.size() + 1> buckets{};
        double sum = 0;
    };
    mutable std::mutex m_mutex;
    std::map<std::string, std::map<std::string, uint64_t>> m_counters;
    std::map<std::string, std::map<std::string, Histogram>> m_histograms;
    std::map<std::string, double> m_gauges;
};

}  // namespace bidseal::cloud
