//! PINGREQ, PINGRESP, DISCONNECT and AUTH.

pub(super) const ROWS: &str = r#"
PINGREQ | c345 | C0 00 | PINGREQ | MQTT-3.12.4-1
PINGRESP | s345 | D0 00 | PINGRESP | MQTT-3.12.4-1
PINGREQ with a body | c345 | C0 01 00 | ! TrailingBytes 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
PINGRESP with a body | s345 | D0 01 00 | ! TrailingBytes 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
PINGREQ with a flag | c345 | C1 00 | ! HeaderFlags 81 | MQTT-2.2.2-2 MQTT-2.1.3-1
PINGRESP with a flag | s345 | D8 00 | ! HeaderFlags 81 | MQTT-2.2.2-2 MQTT-2.1.3-1
PINGREQ from the server | s345 | C0 00 | ! WrongDirection 82 | MQTT-4.8.0-1 MQTT-4.13.1-1
PINGRESP from the client | c345 | D0 00 | ! WrongDirection 82 | MQTT-4.8.0-1 MQTT-4.13.1-1

DISCONNECT | c345 | E0 00 | DISCONNECT 00 | MQTT-3.14.4-3
DISCONNECT | s5 | E0 00 | DISCONNECT 00 | MQTT-3.14.4-1
DISCONNECT from the server | s34 | E0 00 | ! WrongDirection 82 | MQTT-4.8.0-1
DISCONNECT with a reason | c5 | E0 01 04 | DISCONNECT 04 => E0 02 04 00 | MQTT-3.14.4-3
DISCONNECT with a reason | s5 | E0 01 8E | DISCONNECT 8E => E0 02 8E 00 | MQTT-3.1.4-3
DISCONNECT with success spelled out | cs5 | E0 01 00 | DISCONNECT 00 => E0 00 | MQTT-3.14.2-1
DISCONNECT with success and no property | cs5 | E0 02 00 00 | DISCONNECT 00 => E0 00 | MQTT-3.14.2-1
DISCONNECT with a reason and no property | cs5 | E0 02 81 00 | DISCONNECT 81 | MQTT-3.14.2-1
DISCONNECT with properties | c5 | E0 ~ 00 [11 0000003C 1F <bye> 26 <k> <v>]
    | DISCONNECT 00 {SessionExpiryInterval(60), ReasonString("bye"), UserProperty("k", "v")} | MQTT-3.14.2-2
DISCONNECT with properties | s5 | E0 ~ 9C [1C <other> 1F <go> 26 <k> <v>]
    | DISCONNECT 9C {ServerReference("other"), ReasonString("go"), UserProperty("k", "v")} | MQTT-3.14.2-3
DISCONNECT with a body in an older version | c34 | E0 01 00 | ! TrailingBytes 81 | MQTT-4.8.0-1
DISCONNECT with a flag | c345 | E1 00 | ! HeaderFlags 81 | MQTT-3.14.1-1
DISCONNECT with another flag | cs5 | E2 00 | ! HeaderFlags 81 | MQTT-3.14.1-1
DISCONNECT code 1 | cs5 | E0 01 01 | ! ReasonCode 81 | MQTT-3.14.2-1
DISCONNECT code 3 | cs5 | E0 01 03 | ! ReasonCode 81 | MQTT-3.14.2-1
DISCONNECT with a client's code | s5 | E0 01 04 | ! ReasonCode 81 | MQTT-3.14.2-1
DISCONNECT with a server's code | c5 | E0 01 8E | ! ReasonCode 81 | MQTT-3.14.2-1
DISCONNECT session expiry from the server | s5 | E0 ~ 00 [11 0000003C] | ! PropertySender 82 | MQTT-3.14.2-2
DISCONNECT server reference from a client | c5 | E0 ~ 00 [1C <s>] | ! PropertySender 82 | MQTT-4.13.1-1
DISCONNECT with a misplaced property | cs5 | E0 ~ 00 [21 0001] | ! MisplacedProperty 81 | MQTT-4.13.1-1
DISCONNECT reason string twice | cs5 | E0 ~ 81 [1F <a> 1F <b>] | ! DuplicateProperty 82 | MQTT-3.14.2-3
DISCONNECT with one byte more | cs5 | E0 03 00 00 00 | ! TrailingBytes 81 | MQTT-4.13.1-1
DISCONNECT property length past the end | cs5 | E0 02 00 05 | ! Truncated 81 | MQTT-4.13.1-1

AUTH without a body | cs5 | F0 00 | AUTH 00 | MQTT-3.15.2-1
AUTH with success spelled out | cs5 | F0 02 00 00 | AUTH 00 => F0 00 | MQTT-3.15.2-1
AUTH with success in one byte | cs5 | F0 01 00 | AUTH 00 => F0 00 | MQTT-3.15.2-1
AUTH continues | s5 | F0 ~ 18 [15 <m> 16 <\00\FF>] | AUTH 18 {AuthenticationMethod("m"), AuthenticationData([0, 255])} | MQTT-4.12.0-2
AUTH continues | c5 | F0 ~ 18 [15 <m> 16 <\00\FF>] | AUTH 18 {AuthenticationMethod("m"), AuthenticationData([0, 255])} | MQTT-4.12.0-3
AUTH begins again | cs5 | F0 ~ 19 [15 <m>] | AUTH 19 {AuthenticationMethod("m")} | MQTT-4.12.1-1
AUTH ends well | cs5 | F0 ~ 00 [15 <m> 16 <d>] | AUTH 00 {AuthenticationMethod("m"), AuthenticationData([100])} | MQTT-3.15.2-1
AUTH every property | cs5 | F0 ~ 18 [15 <m> 16 <> 1F <r> 26 <k> <v> 26 <k> <v>]
    | AUTH 18 {AuthenticationMethod("m"), AuthenticationData([]), ReasonString("r"), UserProperty("k", "v"), UserProperty("k", "v")} | MQTT-4.12.0-5
AUTH continues without a method | cs5 | F0 02 18 00 | ! AuthenticationMethod 82 | MQTT-4.12.0-5
AUTH continues in one byte | cs5 | F0 01 18 | ! AuthenticationMethod 82 | MQTT-4.12.0-5
AUTH begins again without a method | cs5 | F0 02 19 00 | ! AuthenticationMethod 82 | MQTT-4.12.1-1
AUTH with data without a method | cs5 | F0 ~ 00 [16 <d>] | ! AuthenticationMethod 82 | MQTT-4.12.0-5
AUTH with a reason string without a method | cs5 | F0 ~ 00 [1F <r>] | ! AuthenticationMethod 82 | MQTT-4.12.0-5
AUTH method twice | cs5 | F0 ~ 18 [15 <m> 15 <m>] | ! DuplicateProperty 82 | MQTT-4.12.0-5
AUTH code 1 | cs5 | F0 ~ 01 [15 <m>] | ! ReasonCode 81 | MQTT-3.15.2-1
AUTH code 0x87 | cs5 | F0 ~ 87 [15 <m>] | ! ReasonCode 81 | MQTT-3.15.2-1
AUTH with a flag | cs5 | F1 00 | ! HeaderFlags 81 | MQTT-3.15.1-1
AUTH with one byte more | cs5 | F0 ~ 18 [15 <m>] 00 | ! TrailingBytes 81 | MQTT-4.13.1-1
AUTH in an older version | cs34 | F0 00 | ! PacketType 81 | MQTT-4.8.0-1
AUTH with a flag in an older version | cs34 | F1 00 | ! HeaderFlags 81 | MQTT-2.2.2-2
"#;
