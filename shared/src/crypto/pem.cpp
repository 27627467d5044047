#include "pem.h"

namespace bidseal::crypto {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ", end_mark = "-----END ", dashes = "-----";

bool is_white(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

bool looks_like_pem(ByteView file) {
    return as_text(file).find(begin_mark) != std::string_view::npos;
}

std::vector<PemBlock> read_pem(ByteView file, ErrorCode code) {
    std::vector<PemBlock> blocks;
    std::string_view rest = as_text(file);
    for (size_t at; (at = rest.find(begin_mark)) != std::string_view::npos;) {
        rest.remove_prefix(at + begin_mark.size());
        const size_t label_end = rest.find(dashes);
        require(label_end != std::string_view::npos && label_end <= 64, code, "broken PEM");
        const std::string label(rest.substr(0, label_end));
        rest.remove_prefix(label_end + dashes.size());
        const std::string end_line = std::string(end_mark) + label + std::string(dashes);
        const size_t end = rest.find(end_line);
        require(end != std::string_view::npos, code, "PEM without its END line");
        std::string base64;
        for (const char c : rest.substr(0, end))
            if (!is_white(c))
                base64 += c;
        rest.remove_prefix(end + end_line.size());
        PemBlock block;
        block.label = label;
        try {
            block.content = from_base64(base64);
        } catch (const Error&) {
            throw Error(code, "PEM that is not base64");
        }
        blocks.push_back(std::move(block));
    }
    return blocks;
}

}  // namespace bidseal::crypto
