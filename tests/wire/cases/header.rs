//! The fixed header: types and lengths.

pub(super) const ROWS: &str = r"
type 0 | cs345 | 00 00 | ! PacketType 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
type 0 with flags | cs345 | 0F 00 | ! PacketType 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
type 0 told by its first byte | cs345 | 00 | ! PacketType 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
flags told by the first byte | cs345 | C1 | ! HeaderFlags 81 | MQTT-2.2.2-2 MQTT-2.1.3-1
length 0 in two bytes | c345 | C0 80 00 | ! Varint 81 | MQTT-4.8.0-1 MQTT-1.5.5-1
length 0 in three bytes | c345 | E0 80 80 00 | ! Varint 81 | MQTT-4.8.0-1 MQTT-1.5.5-1
length 0 in four bytes | c345 | C0 80 80 80 00 | ! Varint 81 | MQTT-4.8.0-1 MQTT-1.5.5-1
length 2 in two bytes | cs345 | 40 82 00 0007 | ! Varint 81 | MQTT-4.8.0-1 MQTT-1.5.5-1
length 2 in four bytes | cs345 | 40 82 80 80 00 0007 | ! Varint 81 | MQTT-4.8.0-1 MQTT-1.5.5-1
length 127 in two bytes | cs345 | 30 FF 00 | ! Varint 81 | MQTT-4.8.0-1 MQTT-1.5.5-1
length 16,383 in three bytes | cs345 | 30 FF FF 00 | ! Varint 81 | MQTT-4.8.0-1 MQTT-1.5.5-1
length of five bytes | cs345 | 30 FF FF FF FF 7F | ! Varint 81 | MQTT-4.8.0-1 MQTT-1.5.5-1
length of five bytes told by its fourth | cs345 | 30 80 80 80 80 | ! Varint 81 | MQTT-4.8.0-1 MQTT-1.5.5-1
length of all ones | cs345 | 30 FF FF FF FF FF FF | ! Varint 81 | MQTT-4.8.0-1 MQTT-1.5.5-1
text of another protocol | cs345 | 'GET / HTTP/1.1' 0D0A | ! HeaderFlags 81 | MQTT-3.1.0-1
TLS greeting | cs345 | 16 03 01 02 00 01 | ! HeaderFlags 81 | MQTT-3.1.0-1
";
