#include "cloud_test_support.h"

#include <cstdlib>

namespace bidseal::test {
ScratchFolder::ScratchFolder()
    : m_path((std::filesystem::temp_directory_path() / "bidseal-cloud-XXXXXX").string()) {
    require(::mkdtemp(m_path.data()) != nullptr, ErrorCode::io_write);
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
}

}  // namespace bidseal::test
