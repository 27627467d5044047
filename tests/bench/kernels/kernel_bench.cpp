// Speed of the SM4-CTR and SM3 kernels in MB/s (10^6 bytes): the median of five runs of 16 passes
// over one buffer, the slowest and fastest run, and the fastest single pass, which says most when
// the machine is busy with other things.
// Built natively and for Node; `openssl speed -evp sm4-ctr` and `-evp sm3` are the native peers.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <vector>

#include "bidseal/crypto/kernels.h"

namespace kernels = bidseal::crypto::kernels;

namespace {

constexpr std::size_t buffer_size = 4 << 20;
constexpr int passes_per_run = 16;
constexpr int runs = 5;

void measure(const char* name, const std::function<void()>& pass) {
    using Clock = std::chrono::steady_clock;
    // Warm up long enough for an engine to replace its first, quickly made code.
    const auto warm_until = Clock::now() + std::chrono::milliseconds(300);
    while (Clock::now() < warm_until) {
        pass();
    }
    const auto speed = [](double passes, Clock::duration elapsed) {
        return buffer_size / 1e6 * passes / std::chrono::duration<double>(elapsed).count();
    };
    std::vector<double> speeds;
    double best_pass = 0;
    for (int run = 0; run < runs; ++run) {
        const auto begin = Clock::now();
        auto pass_begin = begin;
        for (int i = 0; i < passes_per_run; ++i) {
            pass();
            const auto pass_end = Clock::now();
            best_pass = std::max(best_pass, speed(1, pass_end - pass_begin));
            pass_begin = pass_end;
        }
        speeds.push_back(speed(passes_per_run, pass_begin - begin));
    }
    std::sort(speeds.begin(), speeds.end());
    std::printf("%-30s %8.0f %8.0f %8.0f %8.0f\n", name, speeds[runs / 2], speeds.front(),
                speeds.back(), best_pass);
}

}  // namespace

int main() {
    std::vector<std::uint8_t> buffer(buffer_size);
    for (std::size_t i = 0; i < buffer.size(); ++i) {
        buffer[i] = static_cast<std::uint8_t>(i * 31 + (i >> 8));
    }
    const std::uint8_t key_bytes[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    const std::uint8_t iv[16] = {};
    kernels::Sm4CtrKey key;
    kernels::sm4_ctr_expand(key_bytes, key);
    std::uint8_t digest[4][32] = {};

    std::printf("%-30s %8s %8s %8s %8s\n", "kernel, MB/s", "median", "slowest", "fastest", "pass");
    measure("SM4-CTR", [&] { kernels::sm4_ctr_xor(key, iv, 0, buffer.data(), buffer.size()); });
    measure("SM4-CTR, pieces of 4 KiB", [&] {
        for (std::size_t at = 0; at < buffer.size(); at += 4096) {
            kernels::sm4_ctr_xor(key, iv, at / 16, buffer.data() + at, 4096);
        }
    });
    measure("SM3", [&] { kernels::sm3(buffer, digest[0]); });
    measure("SM3, 4 chunks with prefix", [&] {
        constexpr std::size_t chunk = 262144;
        const std::uint8_t* const prefix[4] = {key_bytes, key_bytes, key_bytes, key_bytes};
        for (std::size_t at = 0; at < buffer.size(); at += 4 * chunk) {
            const std::uint8_t* const data[4] = {buffer.data() + at, buffer.data() + at + chunk,
                                                 buffer.data() + at + 2 * chunk,
                                                 buffer.data() + at + 3 * chunk};
            kernels::sm3_four_prefixed(prefix, sizeof key_bytes, data, chunk, digest);
        }
    });
    measure("SM4-CTR, then SM3 by fours", [&] {
        constexpr std::size_t chunk = 262144;
        const std::uint8_t* const prefix[4] = {key_bytes, key_bytes, key_bytes, key_bytes};
        for (std::size_t at = 0; at < buffer.size(); at += 4 * chunk) {
            kernels::sm4_ctr_xor(key, iv, at / 16, buffer.data() + at, 4 * chunk);
            const std::uint8_t* const data[4] = {buffer.data() + at, buffer.data() + at + chunk,
                                                 buffer.data() + at + 2 * chunk,
                                                 buffer.data() + at + 3 * chunk};
            kernels::sm3_four_prefixed(prefix, sizeof key_bytes, data, chunk, digest);
        }
    });
    // Printing a result keeps the work from being optimised away.
    std::printf("check %02x%02x\n", digest[0][0], digest[3][31]);
    return 0;
}
