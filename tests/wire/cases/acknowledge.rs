//! PUBACK, PUBREC, PUBREL and PUBCOMP.

pub(super) const ROWS: &str = r#"
PUBACK | cs345 | 40 02 0007 | PUBACK #7 00 | MQTT-2.3.1-6 MQTT-2.2.1-5
PUBREC | cs345 | 50 02 0007 | PUBREC #7 00 | MQTT-2.3.1-6 MQTT-2.2.1-5
PUBREL | cs345 | 62 02 0007 | PUBREL #7 00 | MQTT-2.3.1-6 MQTT-2.2.1-5
PUBCOMP | cs345 | 70 02 0007 | PUBCOMP #7 00 | MQTT-2.3.1-6 MQTT-2.2.1-5
PUBREL again | cs3 | 6A 02 0007 | PUBREL #7 00 => 62 02 0007 | MQTT-3.6.1-1
PUBREL again | cs45 | 6A 02 0007 | ! HeaderFlags 81 | MQTT-3.6.1-1
PUBREL without its flag | cs345 | 60 02 0007 | ! HeaderFlags 81 | MQTT-3.6.1-1
PUBREL with another flag | cs345 | 64 02 0007 | ! HeaderFlags 81 | MQTT-3.6.1-1
PUBREL with one flag more | cs345 | 63 02 0007 | ! HeaderFlags 81 | MQTT-3.6.1-1
PUBACK with a flag | cs345 | 41 02 0007 | ! HeaderFlags 81 | MQTT-2.2.2-2 MQTT-2.1.3-1
PUBREC with a flag | cs345 | 52 02 0007 | ! HeaderFlags 81 | MQTT-2.2.2-2 MQTT-2.1.3-1
PUBCOMP with a flag | cs345 | 72 02 0007 | ! HeaderFlags 81 | MQTT-2.2.2-2 MQTT-2.1.3-1

PUBACK with a reason | cs5 | 40 03 0007 10 | PUBACK #7 10 | MQTT-3.4.2-1
PUBREC with a reason | cs5 | 50 03 0007 91 | PUBREC #7 91 | MQTT-3.5.2-1
PUBREL with a reason | cs5 | 62 03 0007 92 | PUBREL #7 92 | MQTT-3.6.2-1
PUBCOMP with a reason | cs5 | 70 03 0007 92 | PUBCOMP #7 92 | MQTT-3.7.2-1
PUBACK with success spelled out | cs5 | 40 03 0007 00 | PUBACK #7 00 => 40 02 0007 | MQTT-3.4.2-1
PUBREC with success spelled out | cs5 | 50 03 0007 00 | PUBREC #7 00 => 50 02 0007 | MQTT-3.5.2-1
PUBREL with success spelled out | cs5 | 62 03 0007 00 | PUBREL #7 00 => 62 02 0007 | MQTT-3.6.2-1
PUBCOMP with success spelled out | cs5 | 70 03 0007 00 | PUBCOMP #7 00 => 70 02 0007 | MQTT-3.7.2-1
PUBACK with success and no property | cs5 | 40 04 0007 00 00 | PUBACK #7 00 => 40 02 0007 | MQTT-3.4.2-1
PUBREC with a reason and no property | cs5 | 50 04 0007 80 00 | PUBREC #7 80 => 50 03 0007 80 | MQTT-3.5.2-1
PUBREL with a reason and no property | cs5 | 62 04 0007 92 00 | PUBREL #7 92 => 62 03 0007 92 | MQTT-3.6.2-1
PUBCOMP with success and no property | cs5 | 70 04 0007 00 00 | PUBCOMP #7 00 => 70 02 0007 | MQTT-3.7.2-1
PUBACK with properties | cs5 | 40 ~ 0007 87 [1F <no> 26 <k> <v>] | PUBACK #7 87 {ReasonString("no"), UserProperty("k", "v")} | MQTT-3.4.2-2
PUBREC with properties | cs5 | 50 ~ 0007 97 [1F <no> 26 <k> <v>] | PUBREC #7 97 {ReasonString("no"), UserProperty("k", "v")} | MQTT-3.5.2-2
PUBREL with properties | cs5 | 62 ~ 0007 00 [1F <no> 26 <k> <v>] | PUBREL #7 00 {ReasonString("no"), UserProperty("k", "v")} | MQTT-3.6.2-2
PUBCOMP with properties | cs5 | 70 ~ 0007 92 [1F <no> 26 <k> <v>] | PUBCOMP #7 92 {ReasonString("no"), UserProperty("k", "v")} | MQTT-3.7.2-2

PUBACK code of another packet | cs5 | 40 03 0007 01 | ! ReasonCode 81 | MQTT-3.4.2-1
PUBREC code of another packet | cs5 | 50 03 0007 01 | ! ReasonCode 81 | MQTT-3.5.2-1
PUBREL code of another packet | cs5 | 62 03 0007 80 | ! ReasonCode 81 | MQTT-3.6.2-1
PUBCOMP code of another packet | cs5 | 70 03 0007 80 | ! ReasonCode 81 | MQTT-3.7.2-1
PUBACK with a reason | cs34 | 40 03 0007 00 | ! TrailingBytes 81 | MQTT-4.8.0-1
PUBREC with a reason | cs34 | 50 03 0007 00 | ! TrailingBytes 81 | MQTT-4.8.0-1
PUBREL with a reason | cs34 | 62 03 0007 00 | ! TrailingBytes 81 | MQTT-4.8.0-1
PUBCOMP with a reason | cs34 | 70 03 0007 00 | ! TrailingBytes 81 | MQTT-4.8.0-1
PUBACK with one byte more | cs5 | 40 05 0007 00 00 00 | ! TrailingBytes 81 | MQTT-4.13.1-1
PUBREC with one byte more | cs5 | 50 ~ 0007 80 [26 <k> <v>] 00 | ! TrailingBytes 81 | MQTT-4.13.1-1
PUBREL with one byte more | cs5 | 62 05 0007 92 00 00 | ! TrailingBytes 81 | MQTT-4.13.1-1
PUBCOMP with one byte more | cs5 | 70 05 0007 92 00 00 | ! TrailingBytes 81 | MQTT-4.13.1-1
PUBACK with identifier 0 | cs345 | 40 02 0000 | ! PacketId 82 | MQTT-2.3.1-6 MQTT-2.2.1-5
PUBREC with identifier 0 | cs345 | 50 02 0000 | ! PacketId 82 | MQTT-2.3.1-6 MQTT-2.2.1-5
PUBREL with identifier 0 | cs345 | 62 02 0000 | ! PacketId 82 | MQTT-2.3.1-6 MQTT-2.2.1-5
PUBCOMP with identifier 0 | cs345 | 70 02 0000 | ! PacketId 82 | MQTT-2.3.1-6 MQTT-2.2.1-5
PUBACK with nothing | cs345 | 40 00 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
PUBREC with nothing | cs345 | 50 00 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
PUBREL with nothing | cs345 | 62 00 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
PUBCOMP with nothing | cs345 | 70 00 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
PUBACK with half an identifier | cs345 | 40 01 00 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
PUBREC with half an identifier | cs345 | 50 01 01 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
PUBREL with half an identifier | cs345 | 62 01 00 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
PUBCOMP with half an identifier | cs345 | 70 01 01 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
reason string twice | cs5 | 40 ~ 0007 80 [1F <a> 1F <a>] | ! DuplicateProperty 82 | MQTT-3.4.2-2
reason string not UTF-8 | cs5 | 50 ~ 0007 80 [1F <\ED\BF\BF>] | ! Utf8 81 | MQTT-1.5.4-1
property of PUBLISH | cs5 | 62 ~ 0007 92 [01 01] | ! MisplacedProperty 81 | MQTT-4.13.1-1
property length past the end | cs5 | 70 ~ 0007 92 05 26 | ! Truncated 81 | MQTT-4.13.1-1
"#;
