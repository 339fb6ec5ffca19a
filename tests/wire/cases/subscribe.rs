//! SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK.

pub(super) const ROWS: &str = r#"
SUBSCRIBE QoS 0 | c345 | 82 ~ 0001 [] <a/b> 00 | SUBSCRIBE #1 'a/b' q0 | MQTT-3.8.4-1
SUBSCRIBE QoS 1 | c345 | 82 ~ 0001 [] <a/b> 01 | SUBSCRIBE #1 'a/b' q1 | MQTT-3.8.4-1
SUBSCRIBE QoS 2 | c345 | 82 ~ 0001 [] <a/b> 02 | SUBSCRIBE #1 'a/b' q2 | MQTT-3.8.4-1
SUBSCRIBE to three | c345 | 82 ~ 0001 [] <a> 00 <b> 01 <c> 02 | SUBSCRIBE #1 'a' q0, 'b' q1, 'c' q2 | MQTT-3.8.4-4 MQTT-3.8.4-5
SUBSCRIBE to one twice | c345 | 82 ~ 0001 [] <a> 00 <a> 02 | SUBSCRIBE #1 'a' q0, 'a' q2 | MQTT-3.8.4-3
SUBSCRIBE with wildcards | c345 | 82 ~ 0001 [] <+/a/#> 00 <#> 00 <+> 00 | SUBSCRIBE #1 '+/a/#' q0, '#' q0, '+' q0 | MQTT-4.7.1-2 MQTT-4.7.1-1
SUBSCRIBE to a shared filter | c345 | 82 ~ 0001 [] <$share/g/a/#> 01 | SUBSCRIBE #1 '$share/g/a/#' q1 | MQTT-4.7.3-4 MQTT-4.8.2-1
SUBSCRIBE to a slash | c345 | 82 ~ 0001 [] </> 00 | SUBSCRIBE #1 '/' q0 | MQTT-4.7.3-1
SUBSCRIBE with a byte order mark | c345 | 82 ~ 0001 [] <\EF\BB\BF> 00 | SUBSCRIBE #1 '\xef\xbb\xbf' q0 | MQTT-1.5.3-3 MQTT-1.5.4-3
SUBSCRIBE again | c3 | 8A ~ 0001 <a> 00 | SUBSCRIBE #1 'a' q0 => 82 ~ 0001 <a> 00 | MQTT-3.8.1-1
SUBSCRIBE again | c45 | 8A ~ 0001 [] <a> 00 | ! HeaderFlags 81 | MQTT-3.8.1-1
SUBSCRIBE with all options | c5 | 82 ~ 0001 [] <a> 2E | SUBSCRIBE #1 'a' q2 nl rap never | MQTT-3.8.3-3
SUBSCRIBE no local | c5 | 82 ~ 0001 [] <a> 04 | SUBSCRIBE #1 'a' q0 nl | MQTT-3.8.3-3
SUBSCRIBE retain as published | c5 | 82 ~ 0001 [] <a> 08 | SUBSCRIBE #1 'a' q0 rap | MQTT-3.3.1-13
SUBSCRIBE retained if new | c5 | 82 ~ 0001 [] <a> 10 | SUBSCRIBE #1 'a' q0 new | MQTT-3.3.1-10
SUBSCRIBE retained never | c5 | 82 ~ 0001 [] <a> 20 | SUBSCRIBE #1 'a' q0 never | MQTT-3.3.1-11
SUBSCRIBE shared with options | c5 | 82 ~ 0001 [] <$share/g/a> 19 | SUBSCRIBE #1 '$share/g/a' q1 rap new | MQTT-3.8.3-4
SUBSCRIBE with properties | c5 | 82 ~ 0001 [0B 01 26 <k> <v>] <a> 00 | SUBSCRIBE #1 {SubscriptionIdentifier(1), UserProperty("k", "v")} 'a' q0 | MQTT-3.3.4-3
SUBSCRIBE with the largest identifier | c5 | 82 ~ 0001 [0B FFFFFF7F] <a> 00 | SUBSCRIBE #1 {SubscriptionIdentifier(268435455)} 'a' q0 | MQTT-3.3.4-3
SUBSCRIBE no local to $share alone | c5 | 82 ~ 0001 [] <$share> 04 | SUBSCRIBE #1 '$share' q0 nl | MQTT-3.8.3-4

SUBSCRIBE without its flag | c345 | 80 ~ 0001 [] <a> 00 | ! HeaderFlags 81 | MQTT-3.8.1-1
SUBSCRIBE with one flag more | c345 | 83 ~ 0001 [] <a> 00 | ! HeaderFlags 81 | MQTT-3.8.1-1
SUBSCRIBE with identifier 0 | c345 | 82 ~ 0000 [] <a> 00 | ! PacketId 82 | MQTT-2.3.1-1 MQTT-2.2.1-3
SUBSCRIBE to nothing | c345 | 82 ~ 0001 [] | ! NoFilters 82 | MQTT-3.8.3-3 MQTT-3.8.3-2
SUBSCRIBE with properties to nothing | c5 | 82 ~ 0001 [0B 01] | ! NoFilters 82 | MQTT-3.8.3-2
SUBSCRIBE without options | c345 | 82 ~ 0001 [] <a> | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
SUBSCRIBE with half a second filter | c345 | 82 ~ 0001 [] <a> 00 0001 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
SUBSCRIBE with one byte more | c345 | 82 ~ 0001 [] <a> 00 00 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
SUBSCRIBE filter past the end | c345 | 82 ~ 0001 [] 00FF 'a' 00 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
SUBSCRIBE without an identifier | c345 | 82 00 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
SUBSCRIBE without a property length | c5 | 82 02 0001 | ! Truncated 81 | MQTT-2.2.2-1
SUBSCRIBE QoS 3 | c345 | 82 ~ 0001 [] <a> 03 | ! SubscriptionValue 82 | MQTT-3.8.3-4 MQTT-3.8.3-5
SUBSCRIBE retain handling 3 | c5 | 82 ~ 0001 [] <a> 30 | ! SubscriptionValue 82 | MQTT-3.8.3-5
SUBSCRIBE reserved bit 6 | c345 | 82 ~ 0001 [] <a> 40 | ! SubscriptionOptions 81 | MQTT-3.8.3-4 MQTT-3.8.3-5
SUBSCRIBE reserved bit 7 | c345 | 82 ~ 0001 [] <a> 80 | ! SubscriptionOptions 81 | MQTT-3.8.3-4 MQTT-3.8.3-5
SUBSCRIBE reserved bit and QoS 3 | c345 | 82 ~ 0001 [] <a> C3 | ! SubscriptionOptions 81 | MQTT-3.8.3-4 MQTT-3.8.3-5
SUBSCRIBE reserved bit on the second filter | c345 | 82 ~ 0001 [] <a> 00 <b> 80 | ! SubscriptionOptions 81 | MQTT-3.8.3-4 MQTT-3.8.3-5
SUBSCRIBE no local in an older version | c34 | 82 ~ 0001 <a> 04 | ! SubscriptionOptions 81 | MQTT-3.8.3-4
SUBSCRIBE retain as published in an older version | c34 | 82 ~ 0001 <a> 08 | ! SubscriptionOptions 81 | MQTT-3.8.3-4
SUBSCRIBE retain handling in an older version | c34 | 82 ~ 0001 <a> 10 | ! SubscriptionOptions 81 | MQTT-3.8.3-4
SUBSCRIBE no local to a shared filter | c5 | 82 ~ 0001 [] <$share/g/a> 04 | ! SharedNoLocal 82 | MQTT-3.8.3-4
SUBSCRIBE to an empty filter | c345 | 82 ~ 0001 [] <> 00 | ! TopicFilter 81 | MQTT-4.7.3-1
SUBSCRIBE filter not UTF-8 | c345 | 82 ~ 0001 [] <a/\FF> 00 | ! Utf8 81 | MQTT-3.8.3-1
SUBSCRIBE filter with NUL | c345 | 82 ~ 0001 [] <a\00> 00 | ! Nul 81 | MQTT-4.7.3-2
SUBSCRIBE # in a level | c345 | 82 ~ 0001 [] <a#> 00 | ! TopicFilter 81 | MQTT-4.7.1-2 MQTT-4.7.1-1
SUBSCRIBE a wrong second filter | c345 | 82 ~ 0001 [] <a> 00 <#/a> 00 | ! TopicFilter 81 | MQTT-4.7.1-2 MQTT-4.7.1-1
SUBSCRIBE + in a level | c345 | 82 ~ 0001 [] <a+> 00 | ! TopicFilter 81 | MQTT-4.7.1-3 MQTT-4.7.1-2
SUBSCRIBE identifier property 0 | c5 | 82 ~ 0001 [0B 00] <a> 00 | ! PropertyValue 82 | MQTT-3.3.4-3
SUBSCRIBE identifier property twice | c5 | 82 ~ 0001 [0B 01 0B 02] <a> 00 | ! DuplicateProperty 82 | MQTT-3.3.4-3
SUBSCRIBE from the server | s345 | 82 ~ 0001 [] <a> 00 | ! WrongDirection 82 | MQTT-4.8.0-1 MQTT-4.13.1-1

SUBACK QoS 0 | s345 | 90 ~ 0001 [] 00 | SUBACK #1 00 | MQTT-3.8.4-2
SUBACK for three | s345 | 90 ~ 0001 [] 00 02 01 | SUBACK #1 00 02 01 | MQTT-3.9.3-1
SUBACK with a refusal | s345 | 90 ~ 0001 [] 01 80 | SUBACK #1 01 80 | MQTT-3.9.3-2
SUBACK with version 5's codes | s5 | 90 ~ 0001 [] 87 8F 91 97 9E A1 A2 83 | SUBACK #1 87 8F 91 97 9E A1 A2 83 | MQTT-3.9.3-2
SUBACK with properties | s5 | 90 ~ 0001 [1F <no> 26 <k> <v>] 87 | SUBACK #1 {ReasonString("no"), UserProperty("k", "v")} 87 | MQTT-3.9.2-1
SUBACK without codes | s345 | 90 ~ 0001 [] | ! Truncated 81 | MQTT-3.8.4-5 MQTT-3.8.4-6
SUBACK code 3 | s345 | 90 ~ 0001 [] 03 | ! ReasonCode 81 | MQTT-3.9.3-2
SUBACK wrong second code | s345 | 90 ~ 0001 [] 00 7F | ! ReasonCode 81 | MQTT-3.9.3-2
SUBACK with a later version's code | s34 | 90 ~ 0001 87 | ! ReasonCode 81 | MQTT-3.9.3-2
SUBACK with UNSUBACK's code | s5 | 90 ~ 0001 [] 11 | ! ReasonCode 81 | MQTT-3.9.3-2
SUBACK with identifier 0 | s345 | 90 ~ 0000 [] 00 | ! PacketId 82 | MQTT-2.3.1-7 MQTT-2.2.1-6
SUBACK with nothing | s345 | 90 00 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
SUBACK with a flag | s345 | 92 ~ 0001 [] 00 | ! HeaderFlags 81 | MQTT-2.2.2-2 MQTT-2.1.3-1
SUBACK from the client | c345 | 90 ~ 0001 [] 00 | ! WrongDirection 82 | MQTT-4.8.0-1 MQTT-4.13.1-1

UNSUBSCRIBE | c345 | A2 ~ 0001 [] <a/b> | UNSUBSCRIBE #1 'a/b' | MQTT-3.10.4-4
UNSUBSCRIBE from three | c345 | A2 ~ 0001 [] <a> <+/b> <#> | UNSUBSCRIBE #1 'a', '+/b', '#' | MQTT-3.10.4-6
UNSUBSCRIBE from a shared filter | c345 | A2 ~ 0001 [] <$share/g/a> | UNSUBSCRIBE #1 '$share/g/a' | MQTT-3.10.4-1
UNSUBSCRIBE with a property | c5 | A2 ~ 0001 [26 <k> <v>] <a> | UNSUBSCRIBE #1 {UserProperty("k", "v")} 'a' | MQTT-3.10.4-4
UNSUBSCRIBE again | c3 | AA ~ 0001 <a> | UNSUBSCRIBE #1 'a' => A2 ~ 0001 <a> | MQTT-3.10.1-1
UNSUBSCRIBE again | c45 | AA ~ 0001 [] <a> | ! HeaderFlags 81 | MQTT-3.10.1-1
UNSUBSCRIBE without its flag | c345 | A0 ~ 0001 [] <a> | ! HeaderFlags 81 | MQTT-3.10.1-1
UNSUBSCRIBE with one flag more | c345 | A3 ~ 0001 [] <a> | ! HeaderFlags 81 | MQTT-3.10.1-1
UNSUBSCRIBE from nothing | c345 | A2 ~ 0001 [] | ! NoFilters 82 | MQTT-3.10.3-2
UNSUBSCRIBE with identifier 0 | c345 | A2 ~ 0000 [] <a> | ! PacketId 82 | MQTT-2.3.1-1 MQTT-2.2.1-3
UNSUBSCRIBE filter not UTF-8 | c345 | A2 ~ 0001 [] <\C0\80> | ! Utf8 81 | MQTT-3.10.3-1
UNSUBSCRIBE filter with NUL | c345 | A2 ~ 0001 [] <a\00> | ! Nul 81 | MQTT-4.7.3-2
UNSUBSCRIBE empty filter | c345 | A2 ~ 0001 [] <> | ! TopicFilter 81 | MQTT-4.7.3-1
UNSUBSCRIBE # not last | c345 | A2 ~ 0001 [] <a/#/b> | ! TopicFilter 81 | MQTT-4.7.1-2 MQTT-4.7.1-1
UNSUBSCRIBE filter past the end | c345 | A2 ~ 0001 [] 0002 'a' | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
UNSUBSCRIBE with one byte more | c345 | A2 ~ 0001 [] <a> 00 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
UNSUBSCRIBE with nothing | c345 | A2 00 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
UNSUBSCRIBE with a subscription identifier | c5 | A2 ~ 0001 [0B 01] <a> | ! MisplacedProperty 81 | MQTT-4.13.1-1
UNSUBSCRIBE from the server | s345 | A2 ~ 0001 [] <a> | ! WrongDirection 82 | MQTT-4.8.0-1 MQTT-4.13.1-1

UNSUBACK | s34 | B0 02 0001 | UNSUBACK #1 | MQTT-3.10.4-4
UNSUBACK | s5 | B0 ~ 0001 [] 00 11 | UNSUBACK #1 00 11 | MQTT-3.11.3-1
UNSUBACK with properties | s5 | B0 ~ 0001 [1F <no> 26 <k> <v>] 87 | UNSUBACK #1 {ReasonString("no"), UserProperty("k", "v")} 87 | MQTT-3.11.2-1
UNSUBACK with a code in an older version | s34 | B0 03 0001 00 | ! TrailingBytes 81 | MQTT-4.8.0-1
UNSUBACK without codes | s5 | B0 ~ 0001 [] | ! Truncated 81 | MQTT-3.11.3-1
UNSUBACK without a property length | s5 | B0 02 0001 | ! Truncated 81 | MQTT-2.2.2-1
UNSUBACK with SUBACK's code | s5 | B0 ~ 0001 [] 01 | ! ReasonCode 81 | MQTT-3.11.3-2
UNSUBACK with identifier 0 | s345 | B0 ~ 0000 [] | ! PacketId 82 | MQTT-2.3.1-7 MQTT-2.2.1-6
UNSUBACK with nothing | s345 | B0 00 | ! Truncated 81 | MQTT-4.8.0-1 MQTT-4.13.1-1
UNSUBACK with a flag | s345 | B2 ~ 0001 [] | ! HeaderFlags 81 | MQTT-2.2.2-2 MQTT-2.1.3-1
UNSUBACK from the client | c345 | B0 ~ 0001 [] | ! WrongDirection 82 | MQTT-4.8.0-1 MQTT-4.13.1-1
"#;
