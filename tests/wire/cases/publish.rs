//! PUBLISH.

pub(super) const ROWS: &str = r#"
QoS 0 | cs345 | 30 ~ <a/b> [] 'hi' | PUBLISH q0 'a/b' 'hi' | MQTT-2.3.1-5 MQTT-2.2.1-2
QoS 1 | cs345 | 32 ~ <a/b> 0007 [] 'hi' | PUBLISH q1 'a/b' #7 'hi' | MQTT-4.3.2-1 MQTT-4.3.2-2
QoS 2 | cs345 | 34 ~ <a/b> 0007 [] 'hi' | PUBLISH q2 'a/b' #7 'hi' | MQTT-4.3.3-1 MQTT-4.3.3-2
QoS 0 retained | cs345 | 31 ~ <a/b> [] 'hi' | PUBLISH q0 retain 'a/b' 'hi' | MQTT-3.3.1-5
QoS 1 retained | cs345 | 33 ~ <a/b> 0007 [] 'hi' | PUBLISH q1 retain 'a/b' #7 'hi' | MQTT-3.3.1-5
QoS 2 retained | cs345 | 35 ~ <a/b> 0007 [] 'hi' | PUBLISH q2 retain 'a/b' #7 'hi' | MQTT-3.3.1-5
QoS 1 again | cs345 | 3A ~ <a/b> 0007 [] 'hi' | PUBLISH q1 dup 'a/b' #7 'hi' | MQTT-3.3.1-1
QoS 2 again | cs345 | 3C ~ <a/b> 0007 [] 'hi' | PUBLISH q2 dup 'a/b' #7 'hi' | MQTT-3.3.1-1
QoS 1 again, retained | cs345 | 3B ~ <a/b> 0007 [] 'hi' | PUBLISH q1 dup retain 'a/b' #7 'hi' | MQTT-3.3.1-1
QoS 2 again, retained | cs345 | 3D ~ <a/b> 0007 [] 'hi' | PUBLISH q2 dup retain 'a/b' #7 'hi' | MQTT-3.3.1-1
no payload | cs345 | 30 ~ <a> [] | PUBLISH q0 'a' '' | MQTT-3.3.1-10 MQTT-3.3.1-6
no payload, QoS 1 | cs345 | 33 ~ <a> 0001 [] | PUBLISH q1 retain 'a' #1 '' | MQTT-3.3.1-10 MQTT-3.3.1-6
payload of any bytes | cs345 | 30 ~ <a> [] 00FFC080 | PUBLISH q0 'a' '\x00\xff\xc0\x80' | MQTT-3.3.2-1
payload that looks like a packet | cs345 | 30 ~ <a> [] E000 | PUBLISH q0 'a' '\xe0\x00' | MQTT-3.3.2-1
topic is a slash | cs345 | 30 ~ </> [] | PUBLISH q0 '/' '' | MQTT-4.7.3-1
topic with empty levels | cs345 | 30 ~ <//a//> [] | PUBLISH q0 '//a//' '' | MQTT-4.7.3-4
topic with a space | cs345 | 30 ~ <a b> [] | PUBLISH q0 'a b' '' | MQTT-4.7.3-4
topic with $ | cs345 | 30 ~ <$SYS/x> [] | PUBLISH q0 '$SYS/x' '' | MQTT-4.7.2-1
topic like a shared filter: for the server to judge | cs345 | 30 ~ <$share/g/a> [] | PUBLISH q0 '$share/g/a' '' | MQTT-4.7.3-4
topic with a byte order mark | cs345 | 30 ~ <\EF\BB\BFa> [] | PUBLISH q0 '\xef\xbb\xbfa' '' | MQTT-1.5.3-3 MQTT-1.5.4-3
topic with U+FFFF | cs345 | 30 ~ <\EF\BF\BF> [] | PUBLISH q0 '\xef\xbf\xbf' '' | MQTT-1.5.3-1 MQTT-1.5.4-1
topic with U+10FFFF | cs345 | 30 ~ <\F4\8F\BF\BF> [] | PUBLISH q0 '\xf4\x8f\xbf\xbf' '' | MQTT-1.5.3-1 MQTT-1.5.4-1
topic with control characters | cs345 | 30 ~ <\01\1B\7F> [] | PUBLISH q0 '\x01\x1b\x7f' '' | MQTT-1.5.3-1 MQTT-1.5.4-1

every property of a client | c5 | 32 ~ <a> 0001 [01 01 02 00000005 23 0001 08 <r> 09 <\00\FF> 26 <k> <v> 03 <t>] 'x'
    | PUBLISH q1 'a' #1 {PayloadFormatIndicator(1), MessageExpiryInterval(5), TopicAlias(1), ResponseTopic("r"), CorrelationData([0, 255]),
      UserProperty("k", "v"), ContentType("t")} 'x' | MQTT-3.3.2-4
two subscription identifiers | s5 | 30 ~ <a> [0B 01 0B FFFFFF7F] 'x' | PUBLISH q0 'a' {SubscriptionIdentifier(1), SubscriptionIdentifier(268435455)} 'x' | MQTT-3.3.4-4
alias beside the topic | cs5 | 30 ~ <a> [23 FFFF] 'x' | PUBLISH q0 'a' {TopicAlias(65535)} 'x' | MQTT-3.3.2-12
alias for the topic | cs5 | 30 ~ <> [23 0001] 'x' | PUBLISH q0 '' {TopicAlias(1)} 'x' | MQTT-3.3.2-12
alias for the topic, QoS 2 | cs5 | 34 ~ <> 0001 [26 <k> <v> 23 0001] 'x' | PUBLISH q2 '' #1 {UserProperty("k", "v"), TopicAlias(1)} 'x' | MQTT-3.3.2-12
expiry 0 | cs5 | 30 ~ <a> [02 00000000] | PUBLISH q0 'a' {MessageExpiryInterval(0)} '' | MQTT-3.3.2-5
longest expiry | cs5 | 30 ~ <a> [02 FFFFFFFF] | PUBLISH q0 'a' {MessageExpiryInterval(4294967295)} '' | MQTT-3.3.2-6
user properties keep their order | cs5 | 30 ~ <a> [26 <b> <2> 26 <a> <1> 26 <b> <2>]
    | PUBLISH q0 'a' {UserProperty("b", "2"), UserProperty("a", "1"), UserProperty("b", "2")} '' | MQTT-3.3.2-18
empty correlation data | cs5 | 30 ~ <a> [09 <>] | PUBLISH q0 'a' {CorrelationData([])} '' | MQTT-3.3.2-16
empty content type | cs5 | 30 ~ <a> [03 <>] | PUBLISH q0 'a' {ContentType("")} '' | MQTT-3.3.2-20
payload that breaks its format: for the receiver to judge | cs5 | 30 ~ <a> [01 01] FF | PUBLISH q0 'a' {PayloadFormatIndicator(1)} '\xff' | MQTT-3.3.2-4

DUP at QoS 0 | cs345 | 38 ~ <a> [] | ! Dup 81 | MQTT-3.3.1-2
DUP at QoS 0, retained | cs345 | 39 ~ <a> [] | ! Dup 81 | MQTT-4.3.1-1
QoS 3 | cs345 | 36 ~ <a> 0001 [] | ! Qos 81 | MQTT-3.3.1-4
QoS 3 retained | cs345 | 37 ~ <a> 0001 [] | ! Qos 81 | MQTT-3.3.1-4
QoS 3 again | cs345 | 3E ~ <a> 0001 [] | ! Qos 81 | MQTT-3.3.1-4
QoS 3 again, retained | cs345 | 3F ~ <a> 0001 [] | ! Qos 81 | MQTT-3.3.1-4
packet identifier 0, QoS 1 | cs345 | 32 ~ <a> 0000 [] | ! PacketId 82 | MQTT-2.3.1-1 MQTT-2.2.1-3
packet identifier 0, QoS 2 | cs345 | 34 ~ <a> 0000 [] | ! PacketId 82 | MQTT-2.3.1-1 MQTT-2.2.1-3
packet identifier missing | cs345 | 32 ~ <a> | ! Truncated 81 | MQTT-2.3.1-1 MQTT-2.2.1-3
half a packet identifier | cs345 | 34 ~ <a> 00 | ! Truncated 81 | MQTT-2.3.1-1 MQTT-2.2.1-3
nothing | cs345 | 30 00 | ! Truncated 81 | MQTT-3.3.2-1
half a topic length | cs345 | 30 01 00 | ! Truncated 81 | MQTT-3.3.2-1
topic past the end | cs345 | 30 ~ 0004 'abc' | ! Truncated 81 | MQTT-3.3.2-1
topic empty | cs34 | 30 ~ <> 'x' | ! TopicName 81 | MQTT-4.7.3-1
topic empty without an alias | cs5 | 30 ~ <> [] 'x' | ! NoTopic 82 | MQTT-4.7.3-1
topic empty with other properties | cs5 | 30 ~ <> [26 <k> <v> 01 00] 'x' | ! NoTopic 82 | MQTT-4.7.3-1
topic with # | cs345 | 30 ~ <#> [] | ! TopicName 81 | MQTT-3.3.2-2
topic with # at the end | cs345 | 30 ~ <a/#> [] | ! TopicName 81 | MQTT-3.3.2-2
topic with # in a level | cs345 | 30 ~ <a#b> [] | ! TopicName 81 | MQTT-4.7.1-1 MQTT-4.7.0-1
topic with + | cs345 | 30 ~ <a/+/b> [] | ! TopicName 81 | MQTT-3.3.2-2
topic with + in a level | cs345 | 30 ~ <a+> [] | ! TopicName 81 | MQTT-4.7.1-1 MQTT-4.7.0-1
topic with a wildcard and an alias | cs5 | 30 ~ <a/+> [23 0001] | ! TopicName 81 | MQTT-3.3.2-2
topic not UTF-8: two bytes for NUL | cs345 | 30 ~ <a\C0\80> [] | ! Utf8 81 | MQTT-1.5.3-1 MQTT-1.5.4-1
topic not UTF-8: surrogate | cs345 | 30 ~ <\ED\A0\80> [] | ! Utf8 81 | MQTT-1.5.3-1 MQTT-1.5.4-1
topic not UTF-8: above U+10FFFF | cs345 | 30 ~ <\F5\80\80\80> [] | ! Utf8 81 | MQTT-1.5.3-1 MQTT-1.5.4-1
topic not UTF-8: cut | cs345 | 30 ~ <a\E2\82> [] | ! Utf8 81 | MQTT-3.3.2-1
topic with NUL | cs345 | 30 ~ <a\00b> [] | ! Nul 81 | MQTT-4.7.3-2
topic is NUL | cs345 | 30 ~ <\00> [] | ! Nul 81 | MQTT-4.7.3-2

alias 0 | cs5 | 30 ~ <a> [23 0000] | ! TopicAlias 94 | MQTT-3.3.2-8
alias 0 without a topic | cs5 | 30 ~ <> [23 0000] | ! TopicAlias 94 | MQTT-3.3.2-8
alias twice | cs5 | 30 ~ <a> [23 0001 23 0001] | ! DuplicateProperty 82 | MQTT-3.3.2-8
subscription identifier from a client | c5 | 30 ~ <a> [0B 01] | ! PropertySender 82 | MQTT-3.3.4-6
subscription identifier 0 | s5 | 30 ~ <a> [0B 00] | ! PropertyValue 82 | MQTT-3.3.4-3
subscription identifier not in its shortest form | s5 | 30 ~ <a> [0B 8100] | ! Varint 81 | MQTT-1.5.5-1
subscription identifier of five bytes | s5 | 30 ~ <a> [0B 8080808001] | ! Varint 81 | MQTT-1.5.5-1
response topic with # | cs5 | 30 ~ <a> [08 <a/#>] | ! PropertyValue 82 | MQTT-3.3.2-14
response topic with + | cs5 | 30 ~ <a> [08 <+>] | ! PropertyValue 82 | MQTT-3.3.2-14
response topic empty | cs5 | 30 ~ <a> [08 <>] | ! PropertyValue 82 | MQTT-4.7.3-1
response topic not UTF-8 | cs5 | 30 ~ <a> [08 <\FF>] | ! Utf8 81 | MQTT-3.3.2-13
content type not UTF-8 | cs5 | 30 ~ <a> [03 <\80>] | ! Utf8 81 | MQTT-3.3.2-19
content type with NUL | cs5 | 30 ~ <a> [03 <\00>] | ! Nul 81 | MQTT-1.5.4-2
user property with a bad name | cs5 | 30 ~ <a> [26 <\FF> <v>] | ! Utf8 81 | MQTT-1.5.7-1
user property with a bad value | cs5 | 30 ~ <a> [26 <k> <\FF>] | ! Utf8 81 | MQTT-1.5.7-1
user property without a value | cs5 | 30 ~ <a> [26 <k>] | ! Truncated 81 | MQTT-1.5.7-1
payload format 2 | cs5 | 30 ~ <a> [01 02] | ! PropertyValue 82 | MQTT-3.3.2-4
no property length | cs5 | 30 ~ <a> | ! Truncated 81 | MQTT-2.2.2-1
property length past the end | cs5 | 30 ~ <a> 03 01 01 | ! Truncated 81 | MQTT-4.13.1-1
property length within a property | cs5 | 30 ~ <a> 03 02 00000005 | ! Truncated 81 | MQTT-4.13.1-1
property length of two bytes for 2 | cs5 | 30 ~ <a> 8200 01 01 | ! Varint 81 | MQTT-1.5.5-1
"#;
