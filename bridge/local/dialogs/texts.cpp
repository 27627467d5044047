#include "bridge/local/dialogs/texts.h"

#include <cstdlib>

namespace bidseal::bridge {

namespace {

constexpr Texts english = {
    {
        {"%1 asks you to SIGN A BID with your UKey.", "sign a bid"},
        {"%1 asks you to SIGN ADDED OPENERS of a bid with your UKey.", "sign added openers"},
        {"%1 asks to OPEN ENVELOPES of a bid with your UKey.", "open envelopes"},
        {"%1 asks to rehearse the opening of a bid with your UKey. Nothing is released.",
         "rehearse an opening"},
        {"%1 asks to be PAIRED with this computer, so that it may ask for your UKey.", "be paired"},
        {"%1 asks you to LOG IN with your UKey.", "log in"},
        {"%1 asks you to SIGN DOCUMENTS with your UKey.", "sign documents"},
        {"%1 asks you to SIGN DIGESTS with your UKey.", "sign digests"},
        {"%1 asks to DECRYPT with your UKey.", "decrypt"},
    },
    "BidSeal",
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
    "Code",
    "Compare",
    "the page shows the same code now. If it shows another one, or none, refuse. The page still "
    "has "
    "to ask each time that it wants to use your UKey.",
    "The codes are equal",
    "Count",
    "%1 of %2; the others were done before an interruption",
    "In doubt: for %1 of them a signature may have been made that was lost",
    "Lasts at most %1 minutes, with one PIN",
    "Digest",
    "Warning",
    "the page gives digests only. What they stand for cannot be seen here: it may be anything.",
    "Warning",
    "this opens whatever was encrypted to this certificate, envelopes of bids too.",
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
    {
        {"%1 请求用您的 UKey 签署投标文件。", "签署投标文件"},
        {"%1 请求用您的 UKey 签署新增的解密方式。", "签署新增解密方式"},
        {"%1 请求用您的 UKey 解密投标文件的信封。", "解密信封"},
        {"%1 请求用您的 UKey 演练解密，不会放行任何密钥。", "演练解密"},
        {"%1 请求与本机配对，以便今后请求使用您的 UKey。", "配对"},
        {"%1 请求用您的 UKey 登录。", "登录"},
        {"%1 请求用您的 UKey 签署文件。", "签署文件"},
        {"%1 请求用您的 UKey 签署摘要。", "签署摘要"},
        {"%1 请求用您的 UKey 解密。", "解密"},
    },
    "BidSeal",
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
    "配对码",
    "请核对",
    "网页此刻应显示相同的配对码。如果不同或没有显示，请拒绝。配对后，网页每次使用 UKey "
    "仍须征得您的同意。",
    "配对码一致",
    "数量",
    "%1 / %2，其余在中断前已完成",
    "存疑：其中 %1 项可能已签名但结果丢失",
    "最长 %1 分钟，只需输入一次 PIN 码",
    "摘要",
    "警告",
    "网页只提供摘要，此处无法看到实际内容，可能代表任何文件。",
    "警告",
    "凡是加密给该证书的内容都可由此解开，包括投标文件的信封。",
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
    return texts.purposes[static_cast<size_t>(purpose)].question;
}

const char* purpose_name(const Texts& texts, Purpose purpose) {
    return texts.purposes[static_cast<size_t>(purpose)].name;
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
