#include "bridge/cloud/base/metrics.h"

#include <cstdio>

namespace bidseal::cloud {
namespace {

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", value);
    return text;
}

}  // namespace

void Metrics::count(const std::string& name, const std::string& labels) {
    std::lock_guard<std::mutex> lock(m_mutex);
    ++m_counters[name][labels];
}

void Metrics::duration(const std::string& name, const std::string& labels, double seconds) {
    std::lock_guard<std::mutex> lock(m_mutex);
    Histogram& histogram = m_histograms[name][labels];
    size_t at = 0;
    while (at < bounds.size() && seconds > bounds[at])
        at++;
    ++histogram.buckets[at];
    histogram.sum += seconds;
}

void Metrics::gauge(const std::string& name, double value) {
    std::lock_guard<std::mutex> lock(m_mutex);
    m_gauges[name] = value;
}

std::string Metrics::text() const {
    std::lock_guard<std::mutex> lock(m_mutex);
    std::string out;
    for (const auto& [name, series] : m_counters) {
        out += "# TYPE " + name + " counter\n";
        for (const auto& [labels, value] : series)
            out += name + "{" + labels + "} " + std::to_string(value) + "\n";
    }
    for (const auto& [name, value] : m_gauges)
        out += "# TYPE " + name + " gauge\n" + name + " " + number(value) + "\n";
    for (const auto& [name, series] : m_histograms) {
        out += "# TYPE " + name + " histogram\n";
        for (const auto& [labels, histogram] : series) {
            uint64_t so_far = 0;
            for (size_t i = 0; i <= bounds.size(); i++) {
                so_far += histogram.buckets[i];
                const std::string bound = i < bounds.size() ? number(bounds[i]) : "+Inf";
                out += name + "_bucket{" + labels + ",le=\"" + bound + "\"} " +
                       std::to_string(so_far) + "\n";
            }
            out += name + "_sum{" + labels + "} " + number(histogram.sum) + "\n";
            out += name + "_count{" + labels + "} " + std::to_string(so_far) + "\n";
        }
    }
    return out;
}

}  // namespace bidseal::cloud
