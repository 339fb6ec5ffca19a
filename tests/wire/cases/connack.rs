//! CONNACK.

pub(super) const ROWS: &str = r#"
accepted | s345 | 20 ~ 00 00 [] | CONNACK 00 | MQTT-3.1.4-4 MQTT-3.1.4-5
session present | s45 | 20 ~ 01 00 [] | CONNACK 00 present | MQTT-3.2.2-2 MQTT-3.2.2-3
flags mean nothing in version 3.1 | s3 | 20 02 01 00 | CONNACK 00 => 20 02 00 00 | MQTT-3.2.2-1
all flags mean nothing in version 3.1 | s3 | 20 02 FF 00 | CONNACK 00 => 20 02 00 00 | MQTT-3.2.2-1
flags of a refusal in version 3.1 | s3 | 20 02 01 05 | CONNACK 87 => 20 02 00 05 | MQTT-3.2.2-1
version refused | s34 | 20 02 00 01 | CONNACK 84 | MQTT-3.1.2-2
id refused | s34 | 20 02 00 02 | CONNACK 85 | MQTT-3.1.3-9
server unavailable | s34 | 20 02 00 03 | CONNACK 88 | MQTT-3.2.2-5
bad password | s34 | 20 02 00 04 | CONNACK 86 | MQTT-3.2.2-5
not authorized | s34 | 20 02 00 05 | CONNACK 87 | MQTT-3.2.2-5
refused with a property | s5 | 20 ~ 00 87 [1F <no>] | CONNACK 87 {ReasonString("no")} | MQTT-3.2.2-8
server of an older version refuses | s5 | 20 02 00 01 | CONNACK 84 => 20 03 00 84 00 | MQTT-3.2.2-8
assigned id | s5 | 20 ~ 00 00 [12 <auto-1>] | CONNACK 00 {AssignedClientIdentifier("auto-1")} | MQTT-3.1.3-7
maximum QoS 0 | s5 | 20 ~ 00 00 [24 00] | CONNACK 00 {MaximumQos(0)} | MQTT-3.2.2-9
maximum QoS 1 | s5 | 20 ~ 00 00 [24 01] | CONNACK 00 {MaximumQos(1)} | MQTT-3.2.2-9
every property | s5 | 20 ~ 01 00 [11 0000000A 21 0002 24 01 25 00 27 00010000 12 <id> 22 0003 1F <r> 26 <k> <v> 28 00 29 00 2A 00
      13 003C 1A <i> 1C <s> 15 <m> 16 <d>]
    | CONNACK 00 present {SessionExpiryInterval(10), ReceiveMaximum(2), MaximumQos(1), RetainAvailable(0), MaximumPacketSize(65536),
      AssignedClientIdentifier("id"), TopicAliasMaximum(3), ReasonString("r"), UserProperty("k", "v"), WildcardSubscriptionAvailable(0),
      SubscriptionIdentifierAvailable(0), SharedSubscriptionAvailable(0), ServerKeepAlive(60), ResponseInformation("i"),
      ServerReference("s"), AuthenticationMethod("m"), AuthenticationData([100])} | MQTT-3.2.2-8

reserved flag | s45 | 20 ~ 02 00 [] | ! ConnackFlags 81 | MQTT-2.2.2-1 MQTT-3.2.2-1
reserved flag with session present | s45 | 20 ~ 03 00 [] | ! ConnackFlags 81 | MQTT-2.2.2-1 MQTT-3.2.2-1
highest reserved flag | s45 | 20 ~ 80 00 [] | ! ConnackFlags 81 | MQTT-2.2.2-1 MQTT-3.2.2-1
session present on a refusal | s4 | 20 02 01 05 | ! ConnackFlags 81 | MQTT-3.2.2-4
session present on a refusal | s5 | 20 ~ 01 87 [] | ! ConnackFlags 81 | MQTT-3.2.2-6
older refusal with session present | s5 | 20 02 01 01 | ! ReasonCode 81 | MQTT-3.2.2-8
older refusal with a property length | s5 | 20 03 00 01 00 | ! ReasonCode 81 | MQTT-3.2.2-8
older acceptance | s5 | 20 02 00 00 | ! Truncated 81 | MQTT-2.2.2-1
refusal without a property length | s5 | 20 02 00 87 | ! Truncated 81 | MQTT-2.2.2-1
property length of two bytes for 0 | s5 | 20 ~ 00 00 8000 | ! Varint 81 | MQTT-1.5.5-1
maximum QoS 2 | s5 | 20 ~ 00 00 [24 02] | ! PropertyValue 82 | MQTT-3.2.2-9
receive maximum 0 | s5 | 20 ~ 00 00 [21 0000] | ! PropertyValue 82 | MQTT-4.9.0-1
maximum packet size 0 | s5 | 20 ~ 00 00 [27 00000000] | ! PropertyValue 82 | MQTT-3.2.2-15
assigned id not UTF-8 | s5 | 20 ~ 00 00 [12 <\C3>] | ! Utf8 81 | MQTT-1.5.4-1
assigned id with NUL | s5 | 20 ~ 00 00 [12 <a\00>] | ! Nul 81 | MQTT-1.5.4-2
nothing | s345 | 20 00 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
flags alone | s345 | 20 01 00 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
one byte more | s345 | 20 ~ 00 00 [] 00 | ! TrailingBytes 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
from the client | c345 | 20 ~ 00 00 [] | ! WrongDirection 82 | MQTT-4.8.0-1 MQTT-4.13.1-1
"#;
