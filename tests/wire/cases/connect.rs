//! CONNECT.

pub(super) const ROWS: &str = r#"
clean | c345 | 10 ~ @ 02 003C [] <c> | CONNECT @ clean keep=60 id='c' | MQTT-3.1.4-4 MQTT-3.1.4-5
kept session | c345 | 10 ~ @ 00 0000 [] <c> | CONNECT @ keep=0 id='c' | MQTT-3.1.2-4 MQTT-3.1.2-5
longest keep alive | c345 | 10 ~ @ 02 FFFF [] <c> | CONNECT @ clean keep=65535 id='c' | MQTT-3.1.2-24 MQTT-3.1.2-22
id of 23 characters | c345 | 10 ~ @ 02 003C [] <abcdefghijklmnopqrstuvw>
    | CONNECT @ clean keep=60 id='abcdefghijklmnopqrstuvw' | MQTT-3.1.3-5
id of 24 characters | c345 | 10 ~ @ 02 003C [] <abcdefghijklmnopqrstuvwx>
    | CONNECT @ clean keep=60 id='abcdefghijklmnopqrstuvwx' | MQTT-3.1.3-5
id with wildcards and slashes | c345 | 10 ~ @ 02 003C [] <+/#> | CONNECT @ clean keep=60 id='+/#' | MQTT-3.1.3-4
id with control characters | c345 | 10 ~ @ 02 003C [] <\01\7F\0A> | CONNECT @ clean keep=60 id='\x01\x7f\n' | MQTT-3.1.3-4
empty id, clean | c345 | 10 ~ @ 02 003C [] <> | CONNECT @ clean keep=60 id='' | MQTT-3.1.3-6
empty id, kept session: for the server to refuse | c34 | 10 ~ @ 00 003C <> | CONNECT @ keep=60 id='' | MQTT-3.1.3-8
empty id, kept session | c5 | 10 ~ @ 00 003C [] <> | CONNECT @ keep=60 id='' | MQTT-3.1.3-7
user | c345 | 10 ~ @ 82 003C [] <c> <u> | CONNECT @ clean keep=60 id='c' user='u' | MQTT-3.1.2-19 MQTT-3.1.2-17
user and password | c345 | 10 ~ @ C2 003C [] <c> <u> <p> | CONNECT @ clean keep=60 id='c' user='u' password='p' | MQTT-3.1.2-21 MQTT-3.1.2-19
password of any bytes | c345 | 10 ~ @ C2 003C [] <c> <u> <\00\FF> | CONNECT @ clean keep=60 id='c' user='u' password='\x00\xff' | MQTT-3.1.2-21 MQTT-3.1.2-19
empty user and password | c345 | 10 ~ @ C2 003C [] <c> <> <> | CONNECT @ clean keep=60 id='c' user='' password='' | MQTT-3.1.2-19 MQTT-3.1.2-17
password alone | c5 | 10 ~ @ 42 003C [] <c> <p> | CONNECT @ clean keep=60 id='c' password='p' | MQTT-3.1.2-19
password without user | c34 | 10 ~ @ 42 003C <c> <p> | ! ConnectFlags 81 | MQTT-3.1.2-22
will QoS 0 | c345 | 10 ~ @ 06 003C [] <c> [] <w> <bye> | CONNECT @ clean keep=60 id='c' will(q0 'w' 'bye') | MQTT-3.1.2-9
will QoS 1 | c345 | 10 ~ @ 0E 003C [] <c> [] <w> <bye> | CONNECT @ clean keep=60 id='c' will(q1 'w' 'bye') | MQTT-3.1.2-9
will QoS 2 | c345 | 10 ~ @ 16 003C [] <c> [] <w> <bye> | CONNECT @ clean keep=60 id='c' will(q2 'w' 'bye') | MQTT-3.1.2-14 MQTT-3.1.2-12
will retained | c345 | 10 ~ @ 26 003C [] <c> [] <w> <bye> | CONNECT @ clean keep=60 id='c' will(q0 retain 'w' 'bye') | MQTT-3.1.2-17 MQTT-3.1.2-15
will without a payload | c345 | 10 ~ @ 06 003C [] <c> [] <w> <> | CONNECT @ clean keep=60 id='c' will(q0 'w' '') | MQTT-3.1.2-9
will payload of any bytes | c345 | 10 ~ @ 06 003C [] <c> [] <w> <\00\FF> | CONNECT @ clean keep=60 id='c' will(q0 'w' '\x00\xff') | MQTT-3.1.2-9
will to a $ topic: for the server to judge | c345 | 10 ~ @ 06 003C [] <c> [] <$SYS/x> <> | CONNECT @ clean keep=60 id='c' will(q0 '$SYS/x' '') | MQTT-3.1.2-9
all fields in order | c345 | 10 ~ @ F6 003C [] <c> [] <w> <bye> <u> <p>
    | CONNECT @ clean keep=60 id='c' will(q2 retain 'w' 'bye') user='u' password='p' | MQTT-3.1.3-1
all fields with properties | c5 | 10 ~ @ F6 003C [11 0000003C 21 000A] <c> [18 00000005 01 01] <w> <bye> <u> <p>
    | CONNECT @ clean keep=60 id='c' will(q2 retain 'w' 'bye' {WillDelayInterval(5), PayloadFormatIndicator(1)}) user='u' password='p'
      {SessionExpiryInterval(60), ReceiveMaximum(10)} | MQTT-3.1.3-1
every property | c5 | 10 ~ @ 02 003C [11 FFFFFFFF 21 FFFF 27 FFFFFFFF 22 FFFF 19 01 17 00 26 <k> <v> 15 <m> 16 <d>] <c>
    | CONNECT @ clean keep=60 id='c' {SessionExpiryInterval(4294967295), ReceiveMaximum(65535), MaximumPacketSize(4294967295),
      TopicAliasMaximum(65535), RequestResponseInformation(1), RequestProblemInformation(0), UserProperty("k", "v"),
      AuthenticationMethod("m"), AuthenticationData([100])} | MQTT-3.1.4-5
data before the method | c5 | 10 ~ @ 02 003C [16 <d> 15 <m>] <c>
    | CONNECT @ clean keep=60 id='c' {AuthenticationData([100]), AuthenticationMethod("m")} | MQTT-4.12.0-1
user properties keep their order | c5 | 10 ~ @ 06 003C [26 <b> <2> 26 <a> <1> 26 <b> <2>] <c> [26 <z> <> 26 <> <z>] <w> <>
    | CONNECT @ clean keep=60 id='c' will(q0 'w' '' {UserProperty("z", ""), UserProperty("", "z")})
      {UserProperty("b", "2"), UserProperty("a", "1"), UserProperty("b", "2")} | MQTT-3.1.3-10
smallest limits | c5 | 10 ~ @ 02 003C [11 00000000 21 0001 27 00000001 22 0000] <c>
    | CONNECT @ clean keep=60 id='c' {SessionExpiryInterval(0), ReceiveMaximum(1), MaximumPacketSize(1), TopicAliasMaximum(0)} | MQTT-3.1.2-24

authentication data without a method | c5 | 10 ~ @ 02 003C [16 <d>] <c> | ! AuthenticationMethod 82 | MQTT-4.12.0-7
receive maximum 0 | c5 | 10 ~ @ 02 003C [21 0000] <c> | ! PropertyValue 82 | MQTT-4.9.0-1
maximum packet size 0 | c5 | 10 ~ @ 02 003C [27 00000000] <c> | ! PropertyValue 82 | MQTT-3.1.2-24
response topic with a wildcard | c5 | 10 ~ @ 06 003C [] <c> [08 <a/#>] <w> <> | ! PropertyValue 82 | MQTT-3.3.2-14
no property length | c5 | 10 ~ @ 02 003C <> | ! Truncated 81 | MQTT-2.2.2-1
property length past the end | c5 | 10 ~ @ 02 003C 7F <c> | ! Truncated 81 | MQTT-3.1.4-1
property length of two bytes for 0 | c5 | 10 ~ @ 02 003C 8000 <c> | ! Varint 81 | MQTT-1.5.5-1
property length of five bytes | c5 | 10 ~ @ 02 003C FFFFFFFF7F <c> | ! Varint 81 | MQTT-1.5.5-1
property identifier of two bytes | c5 | 10 ~ @ 02 003C [9100 0000003C] <c> | ! Varint 81 | MQTT-1.5.5-1
will property among CONNECT's | c5 | 10 ~ @ 06 003C [18 00000005] <c> [] <w> <> | ! MisplacedProperty 81 | MQTT-3.1.4-1
CONNECT property among the will's | c5 | 10 ~ @ 06 003C [] <c> [11 00000005] <w> <> | ! MisplacedProperty 81 | MQTT-3.1.4-1

reserved flag | c345 | 10 ~ @ 03 003C [] <c> | ! ConnectFlags 81 | MQTT-3.1.2-3
will QoS 1 without a will | c345 | 10 ~ @ 0A 003C [] <c> | ! ConnectFlags 81 | MQTT-3.1.2-13 MQTT-3.1.2-11
will QoS 2 without a will | c345 | 10 ~ @ 12 003C [] <c> | ! ConnectFlags 81 | MQTT-3.1.2-13 MQTT-3.1.2-11
will retained without a will | c345 | 10 ~ @ 22 003C [] <c> | ! ConnectFlags 81 | MQTT-3.1.2-15 MQTT-3.1.2-13
will QoS 3 | c345 | 10 ~ @ 1E 003C [] <c> [] <w> <> | ! ConnectFlags 81 | MQTT-3.1.2-14 MQTT-3.1.2-12
will QoS 3 without a will | c345 | 10 ~ @ 1A 003C [] <c> | ! ConnectFlags 81 | MQTT-3.1.2-11
will topic empty | c345 | 10 ~ @ 06 003C [] <c> [] <> <bye> | ! TopicName 81 | MQTT-4.7.3-1
will topic with # | c345 | 10 ~ @ 06 003C [] <c> [] <a/#> <bye> | ! TopicName 81 | MQTT-3.3.2-2
will topic with + | c345 | 10 ~ @ 06 003C [] <c> [] <a/+/b> <bye> | ! TopicName 81 | MQTT-4.7.1-1 MQTT-4.7.0-1
will topic not UTF-8 | c345 | 10 ~ @ 06 003C [] <c> [] <\FF> <bye> | ! Utf8 81 | MQTT-3.1.3-10 MQTT-3.1.3-11
will topic with NUL | c345 | 10 ~ @ 06 003C [] <c> [] <a\00> <bye> | ! Nul 81 | MQTT-1.5.3-2 MQTT-1.5.4-2
will missing | c345 | 10 ~ @ 06 003C [] <c> | ! Truncated 81 | MQTT-3.1.2-9
will payload missing | c345 | 10 ~ @ 06 003C [] <c> [] <w> | ! Truncated 81 | MQTT-3.1.2-9
will payload past the end | c345 | 10 ~ @ 06 003C [] <c> [] <w> 0004'bye' | ! Truncated 81 | MQTT-3.1.2-9
id not UTF-8 | c345 | 10 ~ @ 02 003C [] <\FF\FF> | ! Utf8 81 | MQTT-3.1.3-4
id with NUL | c345 | 10 ~ @ 02 003C [] <a\00b> | ! Nul 81 | MQTT-1.5.3-2 MQTT-1.5.4-2
id missing | c345 | 10 ~ @ 02 003C [] | ! Truncated 81 | MQTT-3.1.3-3
id past the end | c345 | 10 ~ @ 02 003C [] 0005'abcd' | ! Truncated 81 | MQTT-3.1.3-3
id of 65,535 bytes that are not there | c345 | 10 ~ @ 02 003C [] FFFF'a' | ! Truncated 81 | MQTT-3.1.4-1
user not UTF-8 | c345 | 10 ~ @ 82 003C [] <c> <\C0\80> | ! Utf8 81 | MQTT-3.1.3-11 MQTT-3.1.3-12
user with NUL | c345 | 10 ~ @ 82 003C [] <c> <\00> | ! Nul 81 | MQTT-1.5.3-2 MQTT-1.5.4-2
user missing | c345 | 10 ~ @ 82 003C [] <c> | ! Truncated 81 | MQTT-3.1.2-19 MQTT-3.1.2-17
password missing | c345 | 10 ~ @ C2 003C [] <c> <u> | ! Truncated 81 | MQTT-3.1.2-21 MQTT-3.1.2-19
password past the end | c345 | 10 ~ @ C2 003C [] <c> <u> 0002'p' | ! Truncated 81 | MQTT-3.1.2-21 MQTT-3.1.2-19
user without its flag | c345 | 10 ~ @ 02 003C [] <c> <u> | ! TrailingBytes 81 | MQTT-3.1.2-18 MQTT-3.1.2-16
password without its flag | c345 | 10 ~ @ 82 003C [] <c> <u> <p> | ! TrailingBytes 81 | MQTT-3.1.2-20 MQTT-3.1.2-18
will without its flag | c345 | 10 ~ @ 02 003C [] <c> [] <w> <bye> | ! TrailingBytes 81 | MQTT-3.1.2-11 MQTT-3.1.4-1
one byte more | c345 | 10 ~ @ 02 003C [] <c> 00 | ! TrailingBytes 81 | MQTT-3.1.4-1
nothing | c345 | 10 00 | ! Truncated 81 | MQTT-3.1.4-1
name alone | c345 | 10 ~ <MQTT> | ! Truncated 81 | MQTT-3.1.4-1
no flags | c345 | 10 ~ @ | ! Truncated 81 | MQTT-3.1.4-1
no keep alive | c345 | 10 ~ @ 02 | ! Truncated 81 | MQTT-3.1.4-1
half a keep alive | c345 | 10 ~ @ 02 00 | ! Truncated 81 | MQTT-3.1.4-1
from the server | s345 | 10 ~ @ 02 003C [] <c> | ! WrongDirection 82 | MQTT-4.8.0-1 MQTT-4.13.1-1

name in lower case | c45 | 10 ~ <mqtt> 04 02 003C [] <c> | ! ProtocolVersion 84 | MQTT-3.1.2-1
name with more behind | c45 | 10 ~ <MQTTX> 04 02 003C [] <c> | ! ProtocolVersion 84 | MQTT-3.1.2-1
name unknown | c45 | 10 ~ <MQXX> 05 02 003C [] <c> | ! ProtocolVersion 84 | MQTT-3.1.2-1
name empty | c45 | 10 ~ <> 04 02 003C [] <c> | ! ProtocolVersion 84 | MQTT-3.1.2-1
name not UTF-8 | c45 | 10 ~ <MQT\FF> 04 02 003C [] <c> | ! ProtocolVersion 84 | MQTT-3.1.2-1
name past the end | c45 | 10 ~ 00FF 'MQTT' 04 02 003C [] <c> | ! Truncated 81 | MQTT-3.1.4-1
version 3.1's name with level 4 | c4 | 10 ~ <MQIsdp> 04 02 003C <c> | ! ProtocolVersion 84 | MQTT-3.1.2-1
version 3.1's name with level 5 | c5 | 10 ~ <MQIsdp> 05 02 003C [] <c> | ! ProtocolVersion 84 | MQTT-3.1.2-1
version 3.1's level with the later name | c3 | 10 ~ <MQTT> 03 02 003C <c> | ! ProtocolVersion 84 | MQTT-3.1.2-1
level 0 | c45 | 10 ~ <MQTT> 00 02 003C [] <c> | ! ProtocolVersion 84 | MQTT-3.1.2-2
level 6 | c45 | 10 ~ <MQTT> 06 02 003C [] <c> | ! ProtocolVersion 84 | MQTT-3.1.2-2
level 127 | c45 | 10 ~ <MQTT> 7F 02 003C [] <c> | ! ProtocolVersion 84 | MQTT-3.1.2-2
level with a bridge's bit | c45 | 10 ~ <MQTT> 84 02 003C [] <c> | ! ProtocolVersion 84 | MQTT-3.1.2-2
version 3.1's level with a bridge's bit | c3 | 10 ~ <MQIsdp> 83 02 003C <c> | ! ProtocolVersion 84 | MQTT-3.1.2-2
unknown level with wrong flags: the level counts | c45 | 10 ~ <MQTT> 06 FF | ! ProtocolVersion 84 | MQTT-3.1.2-2
"#;
