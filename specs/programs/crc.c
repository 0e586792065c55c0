// CRC-32 bit by bit and by table, against the published check value.
#include "marvel_rt.h"

static uint32_t bit_by_bit(const uint8_t *data, int count)
{
    uint32_t crc = 0xffffffffu;
    for (int i = 0; i < count; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1)));
    }
    return ~crc;
}

static uint32_t table[256];

static void fill_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? (crc >> 1) ^ 0xedb88320u : crc >> 1;
        table[i] = crc;
    }
}

static uint32_t by_table(const uint8_t *data, int count)
{
    uint32_t crc = 0xffffffffu;
    for (int i = 0; i < count; i++)
        crc = table[(crc ^ data[i]) & 255] ^ (crc >> 8);
    return ~crc;
}

static uint8_t buffer[1000];

int main(void)
{
    static const uint8_t check[] = "123456789";
    int wrong = 0;
    mv_roi_begin();
    fill_table();
    wrong += bit_by_bit(check, 9) != 0xcbf43926u;
    wrong += by_table(check, 9) != 0xcbf43926u;
    for (int i = 0; i < 1000; i++)
        buffer[i] = (uint8_t)(i * i >> 3);
    for (int start = 0; start < 4; start++)
        wrong += bit_by_bit(buffer + start, 900) != by_table(buffer + start, 900);
    mv_roi_end();
    return wrong;
}
