#include "filters.h"

#include <cstdlib>

#include "bidseal/base/error.h"

namespace bidseal::seal {
namespace {

int64_t parameter(const PdfValue& parameters, std::string_view name, int64_t otherwise) {
    const PdfValue& value = parameters[name];
    if (value.is_null())
        return otherwise;
    require(value.is(PdfValue::Kind::integer) && value.integer >= 1 && value.integer <= 100000,
            ErrorCode::pdf_damaged, "a filter's parameter");
    return value.integer;
}

uint8_t paeth(int left, int up, int corner) {
    const int guess = left + up - corner;
    const int to_left = std::abs(guess - left), to_up = std::abs(guess - up);
    const int to_corner = std::abs(guess - corner);
    if (to_left <= to_up && to_left <= to_corner)
        return static_cast<uint8_t>(left);
    return static_cast<uint8_t>(to_up <= to_corner ? up : corner);
}

}  // namespace

bool undo_png_filters(ByteView data, size_t row_size, size_t pixel_size, Bytes& out) {
    if (data.size() % (row_size + 1) != 0)
        return false;
    const size_t rows = data.size() / (row_size + 1);
    out.assign(rows * row_size, 0);
    for (size_t r = 0; r < rows; r++) {
        const uint8_t filter = data[r * (row_size + 1)];
        const uint8_t* in = data.data() + r * (row_size + 1) + 1;
        uint8_t* row = out.data() + r * row_size;
        const uint8_t* above = r == 0 ? nullptr : row - row_size;
        if (filter > 4)
            return false;
        for (size_t i = 0; i < row_size; i++) {
            const int left = i >= pixel_size ? row[i - pixel_size] : 0;
            const int up = above ? above[i] : 0;
            const int corner = above && i >= pixel_size ? above[i - pixel_size] : 0;
            int add = 0;
            if (filter == 1)
                add = left;
            else if (filter == 2)
                add = up;
            else if (filter == 3)
                add = (left + up) / 2;
            else if (filter == 4)
                add = paeth(left, up, corner);
            row[i] = static_cast<uint8_t>(in[i] + add);
        }
    }
    return true;
}

Bytes undo_predictor(Bytes data, const PdfValue& parameters) {
    const int64_t predictor = parameter(parameters, "Predictor", 1);
    if (predictor == 1)
        return data;
    require(predictor >= 10 && predictor <= 15, ErrorCode::pdf_damaged,
            "a predictor that is not supported");
    const int64_t columns = parameter(parameters, "Columns", 1);
    const int64_t bits =
        parameter(parameters, "Colors", 1) * parameter(parameters, "BitsPerComponent", 8);
    const auto row_size = static_cast<size_t>((columns * bits + 7) / 8);
    Bytes out;
    require(undo_png_filters(data, row_size, static_cast<size_t>((bits + 7) / 8), out),
            ErrorCode::pdf_damaged, "a predictor's rows");
    return out;
}

}  // namespace bidseal::seal
