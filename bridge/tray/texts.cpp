#include "bridge/tray/texts.h"

#include <cstdlib>
#include <string_view>

namespace bidseal::tray {

namespace {

constexpr Texts english = {
    "BidSeal Bridge", "Running, version %s, port %u. Pages that you allow can ask for your UKey.",
    "Not running"};
constexpr Texts chinese = {"BidSeal 桥接程序",
                           "正在运行，版本 %s，端口 %u。您允许的网页可以请求使用 UKey。", "未运行"};

}  // namespace

const Texts& texts_of_session() {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (value && *value)
            return std::string_view(value).substr(0, 2) == "zh" ? chinese : english;
    }
    return english;
}

}  // namespace bidseal::tray
