#include "bridge/worker/start.h"

#include "bridge/ukey/driver.h"

namespace bidseal::worker {

std::unique_ptr<ukey::TokenDriver> start_driver(ClientOptions options) {
    if (options.program.empty())
        options.program = find_worker(options.profile.architecture);
    require(!options.program.empty(), ErrorCode::token_driver,
            "there is no worker program for this architecture");
    return ukey::make_driver(start_client(options), options.library, options.profile);
}

std::unique_ptr<ukey::TokenDriver> start_driver(const std::string& library,
                                                const ukey::Profile& profile) {
    ClientOptions options;
    options.library = library;
    options.profile = profile;
    return start_driver(std::move(options));
}

}  // namespace bidseal::worker
