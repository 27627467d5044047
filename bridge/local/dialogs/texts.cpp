#include "bridge/local/dialogs/texts.h"

#include <cstdlib>

namespace bidseal::bridge {

namespace {

constexpr Texts english = {
    "BidSeal",
    "%1 asks you to SIGN A BID with your UKey.",
    "%1 asks you to SIGN ADDED OPENERS of a bid with your UKey.",
    "%1 asks to OPEN ENVELOPES of a bid with your UKey.",
    "%1 asks to rehearse the opening of a bid with your UKey. Nothing is released.",
    "sign a bid",
    "sign added openers",
    "open envelopes",
    "rehearse an opening",
    "Project",
    "Lot",
    "Platform",
    "not checked",
    "Supplier",
    "Certificate",
    "UKey",
    "Envelope",
    "Files",
    "%1 documents",
    "Can open",
    "Fingerprint",
    "Adds",
    "Allow",
    "Refuse",
    "That was too quick to have been read. Please read it:",
    "PIN",
    "OK",
    "PIN of UKey %1, to %2:",
    "The PIN was wrong.",
    "Tries left: %1 of %2.",
    "The UKey does not tell how many tries are left.",
    "This is still the PIN that the UKey was delivered with: change it soon.",
    "ONE TRY IS LEFT. A wrong PIN locks UKey %1, and only the administrator PIN or your CA unlocks "
    "it. Do you want to use the last try?",
    "Use the last try",
};

constexpr Texts chinese = {
    "BidSeal",
    "%1 请求用您的 UKey 签署投标文件。",
    "%1 请求用您的 UKey 签署新增的解密方式。",
    "%1 请求用您的 UKey 解密投标文件的信封。",
    "%1 请求用您的 UKey 演练解密，不会放行任何密钥。",
    "签署投标文件",
    "签署新增解密方式",
    "解密信封",
    "演练解密",
    "项目",
    "标段",
    "平台",
    "未核验",
    "投标人",
    "证书",
    "UKey",
    "信封",
    "文件",
    "%1 个文件",
    "可解密者",
    "指纹",
    "新增",
    "允许",
    "拒绝",
    "确认过快，请先阅读内容：",
    "PIN 码",
    "确定",
    "请输入 UKey %1 的 PIN 码，用于%2：",
    "PIN 码错误。",
    "剩余次数：%1（共 %2 次）。",
    "该 UKey 不提供剩余次数。",
    "仍在使用出厂 PIN 码，请尽快修改。",
    "只剩一次机会。再次输错将锁定 UKey %1，只能用管理员 PIN 或联系 CA 机构解锁。"
    "确定要使用最后一次机会吗？",
    "使用最后一次",
};

}  // namespace

Language system_language() {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (value && *value) {
            return std::string_view(value).substr(0, 2) == "zh" ? Language::chinese
                                                                : Language::english;
        }
    }
    return Language::english;
}

const Texts& texts_of(Language language) {
    return language == Language::chinese ? chinese : english;
}

const char* question(const Texts& texts, Purpose purpose) {
    switch (purpose) {
        case Purpose::sign_bid:
            return texts.ask_sign_bid;
        case Purpose::sign_openers:
            return texts.ask_sign_openers;
        case Purpose::unwrap:
            return texts.ask_unwrap;
        case Purpose::rehearse:
            return texts.ask_rehearse;
    }
    return "";
}

const char* purpose_name(const Texts& texts, Purpose purpose) {
    switch (purpose) {
        case Purpose::sign_bid:
            return texts.purpose_sign_bid;
        case Purpose::sign_openers:
            return texts.purpose_sign_openers;
        case Purpose::unwrap:
            return texts.purpose_unwrap;
        case Purpose::rehearse:
            return texts.purpose_rehearse;
    }
    return "";
}

std::string fill_in(std::string_view pattern, std::string_view first, std::string_view second) {
    std::string text;
    for (size_t i = 0; i < pattern.size(); ++i) {
        bool place = pattern[i] == '%' && i + 1 < pattern.size();
        if (place && pattern[i + 1] == '1') {
            text += first;
            ++i;
        } else if (place && pattern[i + 1] == '2') {
            text += second;
            ++i;
        } else {
            text += pattern[i];
        }
    }
    return text;
}

}  // namespace bidseal::bridge
