# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mq_global_optspecs
    string join \n h/help V/version
end

function __fish_mq_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_mq_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_mq_using_subcommand
    set -l cmd (__fish_mq_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c mq -n "__fish_mq_needs_command" -s h -l help -d 'Print help'
complete -c mq -n "__fish_mq_needs_command" -s V -l version -d 'Print version'
complete -c mq -n "__fish_mq_needs_command" -f -a "pub" -d 'Publish a message, a file, or each line of standard input'
complete -c mq -n "__fish_mq_needs_command" -f -a "publish" -d 'Publish a message, a file, or each line of standard input'
complete -c mq -n "__fish_mq_needs_command" -f -a "sub" -d 'Print the messages of topics as they come'
complete -c mq -n "__fish_mq_needs_command" -f -a "subscribe" -d 'Print the messages of topics as they come'
complete -c mq -n "__fish_mq_needs_command" -f -a "rr" -d 'Publish a request and print its answer'
complete -c mq -n "__fish_mq_needs_command" -f -a "request" -d 'Publish a request and print its answer'
complete -c mq -n "__fish_mq_needs_command" -f -a "clear" -d 'Remove retained messages from the broker'
complete -c mq -n "__fish_mq_needs_command" -f -a "bench" -d 'Load a broker, and measure it'
complete -c mq -n "__fish_mq_needs_command" -f -a "bench-compare" -d 'Say whether two runs of bench differ by more than chance'
complete -c mq -n "__fish_mq_needs_command" -f -a "bench-merge" -d 'Add up the parts of a run of bench that several machines shared'
complete -c mq -n "__fish_mq_needs_command" -f -a "broker" -d 'Run a broker'
complete -c mq -n "__fish_mq_needs_command" -f -a "passwd" -d 'Make and edit the password file of a broker'
complete -c mq -n "__fish_mq_needs_command" -f -a "explain" -d 'Say what a reason code or an exit code means, and what to do'
complete -c mq -n "__fish_mq_using_subcommand pub" -s t -l topic -d 'Topic to publish to; may come many times, and each message goes to each' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -s m -l message -d 'The message itself' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -s f -l file -d 'A file whose content is the message' -r -F
complete -c mq -n "__fish_mq_using_subcommand pub" -l speed -d 'Likewise, so many times as fast: 10x, 0.5x' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -s q -l qos -d 'Quality of service: 0, 1 or 2 [default: 0]' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l repeat -d 'Send the message so many times' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l repeat-delay -d 'Wait from the delivery of one message to the next' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l give-up -d 'With more than one message: give up when there is no connection for so long' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -s h -l host -d 'The broker\'s host, or HOST:PORT; may come many times, to be tried in turn [default: localhost, or `MQTT_URL`, or `MQTT_HOST`]' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -s p -l port -d 'The broker\'s port [default: 1883, or 8883 with --cafile or --capath]' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -s u -l username -d 'User name' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -s P -l pw -l password -d 'Password; others can see it in the list of processes, so --password-file, --ask-password or `MQTT_PASSWORD` is better' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -s i -l id -d 'Client id [default: the broker or mq makes one up]' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -s k -l keepalive -d 'Seconds between two packets at most, 0 for no pings [default: 60]' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l unix -d 'The broker\'s Unix socket, instead of host and port' -r -F
complete -c mq -n "__fish_mq_using_subcommand pub" -l password-file -d 'File whose first line is the password, - for standard input' -r -F
complete -c mq -n "__fish_mq_using_subcommand pub" -s I -l id-prefix -d 'Client id made of this and the number of the process' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -s x -l session-expiry -d 'How long the broker keeps the session when this client leaves: seconds, or 30m, -1 for ever; needs MQTT 5' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -s M -l max-inflight -d 'Messages of QoS 1 and 2 that may be unacknowledged at once' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -s V -l protocol-version -d '5, 3.1.1 (311) or 3.1 (31) [default: 5, and 3.1.1 where the broker knows no 5]' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l will-topic -d 'Topic of the message that the broker sends when this client is lost' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l will-payload -d 'Payload of that message' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l will-qos -d 'Quality of service of that message' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -s D -l property -d 'A property of MQTT 5 for connect, publish, subscribe, unsubscribe, disconnect or will; a user-property has a name and a value; binary values also as hex:00ff or base64:AP8=' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l connect-timeout -d 'The time to look up, connect and be accepted, for each host' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l retry -d 'Without a broker at first, go on trying for so long' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l error-format -d 'Tell errors and warnings as text, or as JSON with one object a line' -r -f -a "text\t''
json\t''"
complete -c mq -n "__fish_mq_using_subcommand pub" -s L -l url -d 'The broker in one word: `mqtt://[user[:password]@]host[:port][/topic]`, the same with `mqtts://`; with `ws://` and `wss://` the path is that of the request; may come many times, to be tried in turn' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -s A -l bind -d 'The address of this host to connect from' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l ws-path -d 'The path to ask for [default: that of the URL, or /mqtt]' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l header -d 'A header for the WebSocket request, like \'Authorization: Bearer x\', or @FILE with such lines, which others cannot see in the list of processes; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l proxy -d 'A proxy to connect through: `socks5h://[user[:password]@]host[:port]` (it looks up the broker\'s name), `socks5://` (this host does) or `http://`; port 1080; or @FILE whose first line is that' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l cafile -d 'PEM file of the authorities to trust, or of the broker\'s own certificate; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand pub" -l capath -d 'Folder of such files; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand pub" -l cert -d 'PEM file of the client\'s certificate, with its authorities behind it' -r -F
complete -c mq -n "__fish_mq_using_subcommand pub" -l key -d 'PEM file of the private key of --cert' -r -F
complete -c mq -n "__fish_mq_using_subcommand pub" -l key-password-file -d 'File whose first line is the password of --key [default: it is asked for at the terminal]' -r -F
complete -c mq -n "__fish_mq_using_subcommand pub" -l tls-version -d 'Only this version: tlsv1.2 or tlsv1.3' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l tls-alpn -d 'Application protocol to offer (ALPN); may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l ciphers -d 'Only these cipher suites, by their names with OpenSSL or IANA, with colons between' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -l tls-keylog -d 'Append the secrets of connections to a file, for Wireshark' -r -F
complete -c mq -n "__fish_mq_using_subcommand pub" -l tls-server-name -d 'The name to ask for and to check, instead of the host' -r
complete -c mq -n "__fish_mq_using_subcommand pub" -s s -l stdin-file -d 'All of standard input is the message'
complete -c mq -n "__fish_mq_using_subcommand pub" -s l -l stdin-line -d 'Each line of standard input is a message'
complete -c mq -n "__fish_mq_using_subcommand pub" -s n -l null-message -d 'An empty message'
complete -c mq -n "__fish_mq_using_subcommand pub" -l json -d 'Each line of standard input is a JSON object that describes a message, as mq sub --json prints it; -t, -q, -r and -D are for lines that do not say it'
complete -c mq -n "__fish_mq_using_subcommand pub" -l tsv -d 'Each line of standard input is topic, tab, payload, as mq sub --tsv prints it'
complete -c mq -n "__fish_mq_using_subcommand pub" -s 0 -l nul -d 'Each message of standard input ends with NUL instead of a newline; alone or with --tsv'
complete -c mq -n "__fish_mq_using_subcommand pub" -l timed -d 'With --json: send the messages with the pauses between them that their times tell'
complete -c mq -n "__fish_mq_using_subcommand pub" -l loop -d 'With --json or --tsv: send all again and again; standard input must be a file'
complete -c mq -n "__fish_mq_using_subcommand pub" -s r -l retain -d 'The broker keeps the message for later subscribers'
complete -c mq -n "__fish_mq_using_subcommand pub" -l stats -d 'Tell at the end how many messages were sent, acknowledged, refused and sent again, how fast, and how long the acknowledgements took'
complete -c mq -n "__fish_mq_using_subcommand pub" -l require-subscriber -d 'Fail when nobody is subscribed to the topic, as far as the broker tells; needs MQTT 5, and QoS 1 unless -q 2 is given'
complete -c mq -n "__fish_mq_using_subcommand pub" -l dry-run -d 'Connect to nothing: check all that would be sent, and print it as mq pub --json takes it'
complete -c mq -n "__fish_mq_using_subcommand pub" -s d -l debug -d 'Tell every packet on standard error'
complete -c mq -n "__fish_mq_using_subcommand pub" -l ask-password -d 'Ask for the password at the terminal'
complete -c mq -n "__fish_mq_using_subcommand pub" -s c -l disable-clean-session -d 'Keep the session at the broker when this client leaves; needs -i'
complete -c mq -n "__fish_mq_using_subcommand pub" -l will-retain -d 'Keep that message as the topic\'s retained one'
complete -c mq -n "__fish_mq_using_subcommand pub" -l quiet -d 'Tell no error once the options are understood; the exit code does'
complete -c mq -n "__fish_mq_using_subcommand pub" -l help -d 'Print the most used options, and examples'
complete -c mq -n "__fish_mq_using_subcommand pub" -s S -l srv -d 'The host is a domain: look up its SRV records, and try the hosts and ports that they name'
complete -c mq -n "__fish_mq_using_subcommand pub" -l ws -d 'Speak MQTT through WebSocket, at port 80, or 443 with TLS'
complete -c mq -n "__fish_mq_using_subcommand pub" -l nodelay -d 'Send small packets at once: always the case, taken for mosquitto\'s sake'
complete -c mq -n "__fish_mq_using_subcommand pub" -l tls-use-os-certs -d 'Trust the authorities that the system trusts; turns TLS on, as does port 8883'
complete -c mq -n "__fish_mq_using_subcommand pub" -l insecure -d 'Do not check the broker\'s certificate: anybody on the way can read and change all'
complete -c mq -n "__fish_mq_using_subcommand pub" -l no-tls -d 'Forget all of these options, and use no TLS at port 8883 either'
complete -c mq -n "__fish_mq_using_subcommand pub" -l help-all -d 'Print all options'
complete -c mq -n "__fish_mq_using_subcommand publish" -s t -l topic -d 'Topic to publish to; may come many times, and each message goes to each' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -s m -l message -d 'The message itself' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -s f -l file -d 'A file whose content is the message' -r -F
complete -c mq -n "__fish_mq_using_subcommand publish" -l speed -d 'Likewise, so many times as fast: 10x, 0.5x' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -s q -l qos -d 'Quality of service: 0, 1 or 2 [default: 0]' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l repeat -d 'Send the message so many times' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l repeat-delay -d 'Wait from the delivery of one message to the next' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l give-up -d 'With more than one message: give up when there is no connection for so long' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -s h -l host -d 'The broker\'s host, or HOST:PORT; may come many times, to be tried in turn [default: localhost, or `MQTT_URL`, or `MQTT_HOST`]' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -s p -l port -d 'The broker\'s port [default: 1883, or 8883 with --cafile or --capath]' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -s u -l username -d 'User name' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -s P -l pw -l password -d 'Password; others can see it in the list of processes, so --password-file, --ask-password or `MQTT_PASSWORD` is better' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -s i -l id -d 'Client id [default: the broker or mq makes one up]' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -s k -l keepalive -d 'Seconds between two packets at most, 0 for no pings [default: 60]' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l unix -d 'The broker\'s Unix socket, instead of host and port' -r -F
complete -c mq -n "__fish_mq_using_subcommand publish" -l password-file -d 'File whose first line is the password, - for standard input' -r -F
complete -c mq -n "__fish_mq_using_subcommand publish" -s I -l id-prefix -d 'Client id made of this and the number of the process' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -s x -l session-expiry -d 'How long the broker keeps the session when this client leaves: seconds, or 30m, -1 for ever; needs MQTT 5' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -s M -l max-inflight -d 'Messages of QoS 1 and 2 that may be unacknowledged at once' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -s V -l protocol-version -d '5, 3.1.1 (311) or 3.1 (31) [default: 5, and 3.1.1 where the broker knows no 5]' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l will-topic -d 'Topic of the message that the broker sends when this client is lost' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l will-payload -d 'Payload of that message' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l will-qos -d 'Quality of service of that message' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -s D -l property -d 'A property of MQTT 5 for connect, publish, subscribe, unsubscribe, disconnect or will; a user-property has a name and a value; binary values also as hex:00ff or base64:AP8=' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l connect-timeout -d 'The time to look up, connect and be accepted, for each host' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l retry -d 'Without a broker at first, go on trying for so long' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l error-format -d 'Tell errors and warnings as text, or as JSON with one object a line' -r -f -a "text\t''
json\t''"
complete -c mq -n "__fish_mq_using_subcommand publish" -s L -l url -d 'The broker in one word: `mqtt://[user[:password]@]host[:port][/topic]`, the same with `mqtts://`; with `ws://` and `wss://` the path is that of the request; may come many times, to be tried in turn' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -s A -l bind -d 'The address of this host to connect from' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l ws-path -d 'The path to ask for [default: that of the URL, or /mqtt]' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l header -d 'A header for the WebSocket request, like \'Authorization: Bearer x\', or @FILE with such lines, which others cannot see in the list of processes; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l proxy -d 'A proxy to connect through: `socks5h://[user[:password]@]host[:port]` (it looks up the broker\'s name), `socks5://` (this host does) or `http://`; port 1080; or @FILE whose first line is that' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l cafile -d 'PEM file of the authorities to trust, or of the broker\'s own certificate; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand publish" -l capath -d 'Folder of such files; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand publish" -l cert -d 'PEM file of the client\'s certificate, with its authorities behind it' -r -F
complete -c mq -n "__fish_mq_using_subcommand publish" -l key -d 'PEM file of the private key of --cert' -r -F
complete -c mq -n "__fish_mq_using_subcommand publish" -l key-password-file -d 'File whose first line is the password of --key [default: it is asked for at the terminal]' -r -F
complete -c mq -n "__fish_mq_using_subcommand publish" -l tls-version -d 'Only this version: tlsv1.2 or tlsv1.3' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l tls-alpn -d 'Application protocol to offer (ALPN); may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l ciphers -d 'Only these cipher suites, by their names with OpenSSL or IANA, with colons between' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -l tls-keylog -d 'Append the secrets of connections to a file, for Wireshark' -r -F
complete -c mq -n "__fish_mq_using_subcommand publish" -l tls-server-name -d 'The name to ask for and to check, instead of the host' -r
complete -c mq -n "__fish_mq_using_subcommand publish" -s s -l stdin-file -d 'All of standard input is the message'
complete -c mq -n "__fish_mq_using_subcommand publish" -s l -l stdin-line -d 'Each line of standard input is a message'
complete -c mq -n "__fish_mq_using_subcommand publish" -s n -l null-message -d 'An empty message'
complete -c mq -n "__fish_mq_using_subcommand publish" -l json -d 'Each line of standard input is a JSON object that describes a message, as mq sub --json prints it; -t, -q, -r and -D are for lines that do not say it'
complete -c mq -n "__fish_mq_using_subcommand publish" -l tsv -d 'Each line of standard input is topic, tab, payload, as mq sub --tsv prints it'
complete -c mq -n "__fish_mq_using_subcommand publish" -s 0 -l nul -d 'Each message of standard input ends with NUL instead of a newline; alone or with --tsv'
complete -c mq -n "__fish_mq_using_subcommand publish" -l timed -d 'With --json: send the messages with the pauses between them that their times tell'
complete -c mq -n "__fish_mq_using_subcommand publish" -l loop -d 'With --json or --tsv: send all again and again; standard input must be a file'
complete -c mq -n "__fish_mq_using_subcommand publish" -s r -l retain -d 'The broker keeps the message for later subscribers'
complete -c mq -n "__fish_mq_using_subcommand publish" -l stats -d 'Tell at the end how many messages were sent, acknowledged, refused and sent again, how fast, and how long the acknowledgements took'
complete -c mq -n "__fish_mq_using_subcommand publish" -l require-subscriber -d 'Fail when nobody is subscribed to the topic, as far as the broker tells; needs MQTT 5, and QoS 1 unless -q 2 is given'
complete -c mq -n "__fish_mq_using_subcommand publish" -l dry-run -d 'Connect to nothing: check all that would be sent, and print it as mq pub --json takes it'
complete -c mq -n "__fish_mq_using_subcommand publish" -s d -l debug -d 'Tell every packet on standard error'
complete -c mq -n "__fish_mq_using_subcommand publish" -l ask-password -d 'Ask for the password at the terminal'
complete -c mq -n "__fish_mq_using_subcommand publish" -s c -l disable-clean-session -d 'Keep the session at the broker when this client leaves; needs -i'
complete -c mq -n "__fish_mq_using_subcommand publish" -l will-retain -d 'Keep that message as the topic\'s retained one'
complete -c mq -n "__fish_mq_using_subcommand publish" -l quiet -d 'Tell no error once the options are understood; the exit code does'
complete -c mq -n "__fish_mq_using_subcommand publish" -l help -d 'Print the most used options, and examples'
complete -c mq -n "__fish_mq_using_subcommand publish" -s S -l srv -d 'The host is a domain: look up its SRV records, and try the hosts and ports that they name'
complete -c mq -n "__fish_mq_using_subcommand publish" -l ws -d 'Speak MQTT through WebSocket, at port 80, or 443 with TLS'
complete -c mq -n "__fish_mq_using_subcommand publish" -l nodelay -d 'Send small packets at once: always the case, taken for mosquitto\'s sake'
complete -c mq -n "__fish_mq_using_subcommand publish" -l tls-use-os-certs -d 'Trust the authorities that the system trusts; turns TLS on, as does port 8883'
complete -c mq -n "__fish_mq_using_subcommand publish" -l insecure -d 'Do not check the broker\'s certificate: anybody on the way can read and change all'
complete -c mq -n "__fish_mq_using_subcommand publish" -l no-tls -d 'Forget all of these options, and use no TLS at port 8883 either'
complete -c mq -n "__fish_mq_using_subcommand publish" -l help-all -d 'Print all options'
complete -c mq -n "__fish_mq_using_subcommand sub" -s t -l topic -d 'Topic filter to subscribe to, as an option; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l subscribe -d 'Topic filter with options of its own, like \'qos=1,no-local,rap,rh=2 FILTER\'; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s T -l filter-out -d 'Drop the messages of topics that match this filter; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l match -d 'Drop the messages whose payload this regular expression does not match; they do not count for -C; `\\w`, `\\d`, `\\s`, `\\b` and `(?i)` know ASCII alone' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s U -l unsubscribe -d 'Topic filter to unsubscribe from, of a session that lasts; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s q -l qos -d 'The highest quality of service: 0, 1 or 2' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s F -l format -d 'Print each message by a format, like \'%t %p\' or \'@H:@M %j\'' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s C -l count -d 'End after so many messages' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s W -l timeout -d 'End after this time, with exit code 5 unless -C was met: seconds, or 30s, 1m30s' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l for -d 'End so long after the subscription stands, with exit code 0' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l idle -d 'With --retained: all have come when the broker sent none for so long' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l retain-handling -d 'Ask for retained messages always, never, or when the subscription is new; needs MQTT 5' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l random-filter -d 'Print only so many percent of the messages, drawn by lot: 0.1 to 100; all count for -C' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l give-up -d 'Give up when a lost connection does not come back for so long' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s h -l host -d 'The broker\'s host, or HOST:PORT; may come many times, to be tried in turn [default: localhost, or `MQTT_URL`, or `MQTT_HOST`]' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s p -l port -d 'The broker\'s port [default: 1883, or 8883 with --cafile or --capath]' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s u -l username -d 'User name' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s P -l pw -l password -d 'Password; others can see it in the list of processes, so --password-file, --ask-password or `MQTT_PASSWORD` is better' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s i -l id -d 'Client id [default: the broker or mq makes one up]' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s k -l keepalive -d 'Seconds between two packets at most, 0 for no pings [default: 60]' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l unix -d 'The broker\'s Unix socket, instead of host and port' -r -F
complete -c mq -n "__fish_mq_using_subcommand sub" -l password-file -d 'File whose first line is the password, - for standard input' -r -F
complete -c mq -n "__fish_mq_using_subcommand sub" -s I -l id-prefix -d 'Client id made of this and the number of the process' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s x -l session-expiry -d 'How long the broker keeps the session when this client leaves: seconds, or 30m, -1 for ever; needs MQTT 5' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s M -l max-inflight -d 'Messages of QoS 1 and 2 that may be unacknowledged at once' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s V -l protocol-version -d '5, 3.1.1 (311) or 3.1 (31) [default: 5, and 3.1.1 where the broker knows no 5]' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l will-topic -d 'Topic of the message that the broker sends when this client is lost' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l will-payload -d 'Payload of that message' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l will-qos -d 'Quality of service of that message' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s D -l property -d 'A property of MQTT 5 for connect, publish, subscribe, unsubscribe, disconnect or will; a user-property has a name and a value; binary values also as hex:00ff or base64:AP8=' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l connect-timeout -d 'The time to look up, connect and be accepted, for each host' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l retry -d 'Without a broker at first, go on trying for so long' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l error-format -d 'Tell errors and warnings as text, or as JSON with one object a line' -r -f -a "text\t''
json\t''"
complete -c mq -n "__fish_mq_using_subcommand sub" -s L -l url -d 'The broker in one word: `mqtt://[user[:password]@]host[:port][/topic]`, the same with `mqtts://`; with `ws://` and `wss://` the path is that of the request; may come many times, to be tried in turn' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s A -l bind -d 'The address of this host to connect from' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l ws-path -d 'The path to ask for [default: that of the URL, or /mqtt]' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l header -d 'A header for the WebSocket request, like \'Authorization: Bearer x\', or @FILE with such lines, which others cannot see in the list of processes; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l proxy -d 'A proxy to connect through: `socks5h://[user[:password]@]host[:port]` (it looks up the broker\'s name), `socks5://` (this host does) or `http://`; port 1080; or @FILE whose first line is that' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l cafile -d 'PEM file of the authorities to trust, or of the broker\'s own certificate; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand sub" -l capath -d 'Folder of such files; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand sub" -l cert -d 'PEM file of the client\'s certificate, with its authorities behind it' -r -F
complete -c mq -n "__fish_mq_using_subcommand sub" -l key -d 'PEM file of the private key of --cert' -r -F
complete -c mq -n "__fish_mq_using_subcommand sub" -l key-password-file -d 'File whose first line is the password of --key [default: it is asked for at the terminal]' -r -F
complete -c mq -n "__fish_mq_using_subcommand sub" -l tls-version -d 'Only this version: tlsv1.2 or tlsv1.3' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l tls-alpn -d 'Application protocol to offer (ALPN); may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l ciphers -d 'Only these cipher suites, by their names with OpenSSL or IANA, with colons between' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -l tls-keylog -d 'Append the secrets of connections to a file, for Wireshark' -r -F
complete -c mq -n "__fish_mq_using_subcommand sub" -l tls-server-name -d 'The name to ask for and to check, instead of the host' -r
complete -c mq -n "__fish_mq_using_subcommand sub" -s v -l verbose -d 'Print the topic before each message'
complete -c mq -n "__fish_mq_using_subcommand sub" -l time -d 'Print the local time before each message: 2026-11-20T20:25:39.296+01:00'
complete -c mq -n "__fish_mq_using_subcommand sub" -s N -l no-newline -d 'Print no newline behind a message'
complete -c mq -n "__fish_mq_using_subcommand sub" -l pretty -d 'Print the JSON of %j and %J over many lines'
complete -c mq -n "__fish_mq_using_subcommand sub" -l json -d 'Print each message as a JSON object with all that is known of it; mq pub --json sends it again'
complete -c mq -n "__fish_mq_using_subcommand sub" -l json-payload -d 'With --json: a payload that is JSON is printed as JSON, not as a string'
complete -c mq -n "__fish_mq_using_subcommand sub" -l tsv -d 'Print topic, tab and payload of each message; mq pub --tsv sends it again'
complete -c mq -n "__fish_mq_using_subcommand sub" -s 0 -l nul -d 'Print NUL behind each message instead of a newline'
complete -c mq -n "__fish_mq_using_subcommand sub" -l retained -d 'Print the retained messages, at QoS 0, and end when all have come'
complete -c mq -n "__fish_mq_using_subcommand sub" -s R -l no-retained -d 'Leave out messages that were retained before'
complete -c mq -n "__fish_mq_using_subcommand sub" -l retained-only -d 'End with the first message that was not retained before; it is not printed'
complete -c mq -n "__fish_mq_using_subcommand sub" -l remove-retained -d 'Remove each retained message that comes and passes the filters from the broker; not with -R'
complete -c mq -n "__fish_mq_using_subcommand sub" -l retain-as-published -d 'Ask for the retain flag as the publisher set it; needs MQTT 5'
complete -c mq -n "__fish_mq_using_subcommand sub" -l message-rate -d 'Print how many messages came in each second instead of the messages'
complete -c mq -n "__fish_mq_using_subcommand sub" -s w -l watch -d 'Show the last message of each topic in a line of its own that stays in its place'
complete -c mq -n "__fish_mq_using_subcommand sub" -s E -l exit-after-subscribe -d 'End once the broker has answered the subscription'
complete -c mq -n "__fish_mq_using_subcommand sub" -s d -l debug -d 'Tell every packet on standard error'
complete -c mq -n "__fish_mq_using_subcommand sub" -l ask-password -d 'Ask for the password at the terminal'
complete -c mq -n "__fish_mq_using_subcommand sub" -s c -l disable-clean-session -d 'Keep the session at the broker when this client leaves; needs -i'
complete -c mq -n "__fish_mq_using_subcommand sub" -l will-retain -d 'Keep that message as the topic\'s retained one'
complete -c mq -n "__fish_mq_using_subcommand sub" -l quiet -d 'Tell no error once the options are understood; the exit code does'
complete -c mq -n "__fish_mq_using_subcommand sub" -l help -d 'Print the most used options, and examples'
complete -c mq -n "__fish_mq_using_subcommand sub" -s S -l srv -d 'The host is a domain: look up its SRV records, and try the hosts and ports that they name'
complete -c mq -n "__fish_mq_using_subcommand sub" -l ws -d 'Speak MQTT through WebSocket, at port 80, or 443 with TLS'
complete -c mq -n "__fish_mq_using_subcommand sub" -l nodelay -d 'Send small packets at once: always the case, taken for mosquitto\'s sake'
complete -c mq -n "__fish_mq_using_subcommand sub" -l tls-use-os-certs -d 'Trust the authorities that the system trusts; turns TLS on, as does port 8883'
complete -c mq -n "__fish_mq_using_subcommand sub" -l insecure -d 'Do not check the broker\'s certificate: anybody on the way can read and change all'
complete -c mq -n "__fish_mq_using_subcommand sub" -l no-tls -d 'Forget all of these options, and use no TLS at port 8883 either'
complete -c mq -n "__fish_mq_using_subcommand sub" -l help-all -d 'Print all options'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s t -l topic -d 'Topic filter to subscribe to, as an option; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l subscribe -d 'Topic filter with options of its own, like \'qos=1,no-local,rap,rh=2 FILTER\'; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s T -l filter-out -d 'Drop the messages of topics that match this filter; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l match -d 'Drop the messages whose payload this regular expression does not match; they do not count for -C; `\\w`, `\\d`, `\\s`, `\\b` and `(?i)` know ASCII alone' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s U -l unsubscribe -d 'Topic filter to unsubscribe from, of a session that lasts; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s q -l qos -d 'The highest quality of service: 0, 1 or 2' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s F -l format -d 'Print each message by a format, like \'%t %p\' or \'@H:@M %j\'' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s C -l count -d 'End after so many messages' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s W -l timeout -d 'End after this time, with exit code 5 unless -C was met: seconds, or 30s, 1m30s' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l for -d 'End so long after the subscription stands, with exit code 0' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l idle -d 'With --retained: all have come when the broker sent none for so long' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l retain-handling -d 'Ask for retained messages always, never, or when the subscription is new; needs MQTT 5' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l random-filter -d 'Print only so many percent of the messages, drawn by lot: 0.1 to 100; all count for -C' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l give-up -d 'Give up when a lost connection does not come back for so long' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s h -l host -d 'The broker\'s host, or HOST:PORT; may come many times, to be tried in turn [default: localhost, or `MQTT_URL`, or `MQTT_HOST`]' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s p -l port -d 'The broker\'s port [default: 1883, or 8883 with --cafile or --capath]' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s u -l username -d 'User name' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s P -l pw -l password -d 'Password; others can see it in the list of processes, so --password-file, --ask-password or `MQTT_PASSWORD` is better' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s i -l id -d 'Client id [default: the broker or mq makes one up]' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s k -l keepalive -d 'Seconds between two packets at most, 0 for no pings [default: 60]' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l unix -d 'The broker\'s Unix socket, instead of host and port' -r -F
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l password-file -d 'File whose first line is the password, - for standard input' -r -F
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s I -l id-prefix -d 'Client id made of this and the number of the process' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s x -l session-expiry -d 'How long the broker keeps the session when this client leaves: seconds, or 30m, -1 for ever; needs MQTT 5' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s M -l max-inflight -d 'Messages of QoS 1 and 2 that may be unacknowledged at once' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s V -l protocol-version -d '5, 3.1.1 (311) or 3.1 (31) [default: 5, and 3.1.1 where the broker knows no 5]' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l will-topic -d 'Topic of the message that the broker sends when this client is lost' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l will-payload -d 'Payload of that message' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l will-qos -d 'Quality of service of that message' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s D -l property -d 'A property of MQTT 5 for connect, publish, subscribe, unsubscribe, disconnect or will; a user-property has a name and a value; binary values also as hex:00ff or base64:AP8=' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l connect-timeout -d 'The time to look up, connect and be accepted, for each host' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l retry -d 'Without a broker at first, go on trying for so long' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l error-format -d 'Tell errors and warnings as text, or as JSON with one object a line' -r -f -a "text\t''
json\t''"
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s L -l url -d 'The broker in one word: `mqtt://[user[:password]@]host[:port][/topic]`, the same with `mqtts://`; with `ws://` and `wss://` the path is that of the request; may come many times, to be tried in turn' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s A -l bind -d 'The address of this host to connect from' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l ws-path -d 'The path to ask for [default: that of the URL, or /mqtt]' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l header -d 'A header for the WebSocket request, like \'Authorization: Bearer x\', or @FILE with such lines, which others cannot see in the list of processes; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l proxy -d 'A proxy to connect through: `socks5h://[user[:password]@]host[:port]` (it looks up the broker\'s name), `socks5://` (this host does) or `http://`; port 1080; or @FILE whose first line is that' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l cafile -d 'PEM file of the authorities to trust, or of the broker\'s own certificate; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l capath -d 'Folder of such files; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l cert -d 'PEM file of the client\'s certificate, with its authorities behind it' -r -F
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l key -d 'PEM file of the private key of --cert' -r -F
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l key-password-file -d 'File whose first line is the password of --key [default: it is asked for at the terminal]' -r -F
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l tls-version -d 'Only this version: tlsv1.2 or tlsv1.3' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l tls-alpn -d 'Application protocol to offer (ALPN); may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l ciphers -d 'Only these cipher suites, by their names with OpenSSL or IANA, with colons between' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l tls-keylog -d 'Append the secrets of connections to a file, for Wireshark' -r -F
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l tls-server-name -d 'The name to ask for and to check, instead of the host' -r
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s v -l verbose -d 'Print the topic before each message'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l time -d 'Print the local time before each message: 2026-11-20T20:25:39.296+01:00'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s N -l no-newline -d 'Print no newline behind a message'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l pretty -d 'Print the JSON of %j and %J over many lines'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l json -d 'Print each message as a JSON object with all that is known of it; mq pub --json sends it again'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l json-payload -d 'With --json: a payload that is JSON is printed as JSON, not as a string'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l tsv -d 'Print topic, tab and payload of each message; mq pub --tsv sends it again'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s 0 -l nul -d 'Print NUL behind each message instead of a newline'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l retained -d 'Print the retained messages, at QoS 0, and end when all have come'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s R -l no-retained -d 'Leave out messages that were retained before'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l retained-only -d 'End with the first message that was not retained before; it is not printed'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l remove-retained -d 'Remove each retained message that comes and passes the filters from the broker; not with -R'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l retain-as-published -d 'Ask for the retain flag as the publisher set it; needs MQTT 5'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l message-rate -d 'Print how many messages came in each second instead of the messages'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s w -l watch -d 'Show the last message of each topic in a line of its own that stays in its place'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s E -l exit-after-subscribe -d 'End once the broker has answered the subscription'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s d -l debug -d 'Tell every packet on standard error'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l ask-password -d 'Ask for the password at the terminal'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s c -l disable-clean-session -d 'Keep the session at the broker when this client leaves; needs -i'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l will-retain -d 'Keep that message as the topic\'s retained one'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l quiet -d 'Tell no error once the options are understood; the exit code does'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l help -d 'Print the most used options, and examples'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -s S -l srv -d 'The host is a domain: look up its SRV records, and try the hosts and ports that they name'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l ws -d 'Speak MQTT through WebSocket, at port 80, or 443 with TLS'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l nodelay -d 'Send small packets at once: always the case, taken for mosquitto\'s sake'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l tls-use-os-certs -d 'Trust the authorities that the system trusts; turns TLS on, as does port 8883'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l insecure -d 'Do not check the broker\'s certificate: anybody on the way can read and change all'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l no-tls -d 'Forget all of these options, and use no TLS at port 8883 either'
complete -c mq -n "__fish_mq_using_subcommand subscribe" -l help-all -d 'Print all options'
complete -c mq -n "__fish_mq_using_subcommand rr" -s t -l topic -d 'Topic to publish the request to' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s e -l response-topic -d 'Topic of the answers [default: a new one, which needs MQTT 5]' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s m -l message -d 'The message itself' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s f -l file -d 'A file whose content is the message' -r -F
complete -c mq -n "__fish_mq_using_subcommand rr" -s q -l qos -d 'Quality of service of requests and answers: 0, 1 or 2' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s W -l timeout -d 'Wait so long for the answers, with -l from the sending of each request: seconds, or 30s, 1m30s; then the exit code is 5' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s C -l count -d 'Wait for so many answers to each request' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l in-flight -d 'With -l: so many requests wait for their answers at once; answers are printed as they come' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s F -l format -d 'Print each message by a format, like \'%t %p\' or \'@H:@M %j\'' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l retain-handling -d 'Ask for retained messages always, never, or when the subscription is new; needs MQTT 5' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s h -l host -d 'The broker\'s host, or HOST:PORT; may come many times, to be tried in turn [default: localhost, or `MQTT_URL`, or `MQTT_HOST`]' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s p -l port -d 'The broker\'s port [default: 1883, or 8883 with --cafile or --capath]' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s u -l username -d 'User name' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s P -l pw -l password -d 'Password; others can see it in the list of processes, so --password-file, --ask-password or `MQTT_PASSWORD` is better' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s i -l id -d 'Client id [default: the broker or mq makes one up]' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s k -l keepalive -d 'Seconds between two packets at most, 0 for no pings [default: 60]' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l unix -d 'The broker\'s Unix socket, instead of host and port' -r -F
complete -c mq -n "__fish_mq_using_subcommand rr" -l password-file -d 'File whose first line is the password, - for standard input' -r -F
complete -c mq -n "__fish_mq_using_subcommand rr" -s I -l id-prefix -d 'Client id made of this and the number of the process' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s x -l session-expiry -d 'How long the broker keeps the session when this client leaves: seconds, or 30m, -1 for ever; needs MQTT 5' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s M -l max-inflight -d 'Messages of QoS 1 and 2 that may be unacknowledged at once' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s V -l protocol-version -d '5, 3.1.1 (311) or 3.1 (31) [default: 5, and 3.1.1 where the broker knows no 5]' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l will-topic -d 'Topic of the message that the broker sends when this client is lost' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l will-payload -d 'Payload of that message' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l will-qos -d 'Quality of service of that message' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s D -l property -d 'A property of MQTT 5 for connect, publish, subscribe, unsubscribe, disconnect or will; a user-property has a name and a value; binary values also as hex:00ff or base64:AP8=' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l connect-timeout -d 'The time to look up, connect and be accepted, for each host' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l retry -d 'Without a broker at first, go on trying for so long' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l error-format -d 'Tell errors and warnings as text, or as JSON with one object a line' -r -f -a "text\t''
json\t''"
complete -c mq -n "__fish_mq_using_subcommand rr" -s L -l url -d 'The broker in one word: `mqtt://[user[:password]@]host[:port][/topic]`, the same with `mqtts://`; with `ws://` and `wss://` the path is that of the request; may come many times, to be tried in turn' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s A -l bind -d 'The address of this host to connect from' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l ws-path -d 'The path to ask for [default: that of the URL, or /mqtt]' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l header -d 'A header for the WebSocket request, like \'Authorization: Bearer x\', or @FILE with such lines, which others cannot see in the list of processes; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l proxy -d 'A proxy to connect through: `socks5h://[user[:password]@]host[:port]` (it looks up the broker\'s name), `socks5://` (this host does) or `http://`; port 1080; or @FILE whose first line is that' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l cafile -d 'PEM file of the authorities to trust, or of the broker\'s own certificate; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand rr" -l capath -d 'Folder of such files; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand rr" -l cert -d 'PEM file of the client\'s certificate, with its authorities behind it' -r -F
complete -c mq -n "__fish_mq_using_subcommand rr" -l key -d 'PEM file of the private key of --cert' -r -F
complete -c mq -n "__fish_mq_using_subcommand rr" -l key-password-file -d 'File whose first line is the password of --key [default: it is asked for at the terminal]' -r -F
complete -c mq -n "__fish_mq_using_subcommand rr" -l tls-version -d 'Only this version: tlsv1.2 or tlsv1.3' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l tls-alpn -d 'Application protocol to offer (ALPN); may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l ciphers -d 'Only these cipher suites, by their names with OpenSSL or IANA, with colons between' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -l tls-keylog -d 'Append the secrets of connections to a file, for Wireshark' -r -F
complete -c mq -n "__fish_mq_using_subcommand rr" -l tls-server-name -d 'The name to ask for and to check, instead of the host' -r
complete -c mq -n "__fish_mq_using_subcommand rr" -s s -l stdin-file -d 'All of standard input is the message'
complete -c mq -n "__fish_mq_using_subcommand rr" -s l -l stdin-line -d 'Each line of standard input is a message'
complete -c mq -n "__fish_mq_using_subcommand rr" -s n -l null-message -d 'An empty message'
complete -c mq -n "__fish_mq_using_subcommand rr" -l latency -d 'Tell the time from request to answer on standard error, of many at the end the percentiles'
complete -c mq -n "__fish_mq_using_subcommand rr" -s v -l verbose -d 'Print the topic before each message'
complete -c mq -n "__fish_mq_using_subcommand rr" -l time -d 'Print the local time before each message: 2026-11-20T20:25:39.296+01:00'
complete -c mq -n "__fish_mq_using_subcommand rr" -s N -l no-newline -d 'Print no newline behind a message'
complete -c mq -n "__fish_mq_using_subcommand rr" -l pretty -d 'Print the JSON of %j and %J over many lines'
complete -c mq -n "__fish_mq_using_subcommand rr" -l json -d 'Print each message as a JSON object with all that is known of it; mq pub --json sends it again'
complete -c mq -n "__fish_mq_using_subcommand rr" -l json-payload -d 'With --json: a payload that is JSON is printed as JSON, not as a string'
complete -c mq -n "__fish_mq_using_subcommand rr" -l tsv -d 'Print topic, tab and payload of each message; mq pub --tsv sends it again'
complete -c mq -n "__fish_mq_using_subcommand rr" -s 0 -l nul -d 'Print NUL behind each message instead of a newline'
complete -c mq -n "__fish_mq_using_subcommand rr" -s R -l no-retained -d 'Leave out retained messages'
complete -c mq -n "__fish_mq_using_subcommand rr" -l retain-as-published -d 'Ask for the retain flag as the publisher set it; needs MQTT 5'
complete -c mq -n "__fish_mq_using_subcommand rr" -s d -l debug -d 'Tell every packet on standard error'
complete -c mq -n "__fish_mq_using_subcommand rr" -l ask-password -d 'Ask for the password at the terminal'
complete -c mq -n "__fish_mq_using_subcommand rr" -s c -l disable-clean-session -d 'Keep the session at the broker when this client leaves; needs -i'
complete -c mq -n "__fish_mq_using_subcommand rr" -l will-retain -d 'Keep that message as the topic\'s retained one'
complete -c mq -n "__fish_mq_using_subcommand rr" -l quiet -d 'Tell no error once the options are understood; the exit code does'
complete -c mq -n "__fish_mq_using_subcommand rr" -l help -d 'Print the most used options, and examples'
complete -c mq -n "__fish_mq_using_subcommand rr" -s S -l srv -d 'The host is a domain: look up its SRV records, and try the hosts and ports that they name'
complete -c mq -n "__fish_mq_using_subcommand rr" -l ws -d 'Speak MQTT through WebSocket, at port 80, or 443 with TLS'
complete -c mq -n "__fish_mq_using_subcommand rr" -l nodelay -d 'Send small packets at once: always the case, taken for mosquitto\'s sake'
complete -c mq -n "__fish_mq_using_subcommand rr" -l tls-use-os-certs -d 'Trust the authorities that the system trusts; turns TLS on, as does port 8883'
complete -c mq -n "__fish_mq_using_subcommand rr" -l insecure -d 'Do not check the broker\'s certificate: anybody on the way can read and change all'
complete -c mq -n "__fish_mq_using_subcommand rr" -l no-tls -d 'Forget all of these options, and use no TLS at port 8883 either'
complete -c mq -n "__fish_mq_using_subcommand rr" -l help-all -d 'Print all options'
complete -c mq -n "__fish_mq_using_subcommand request" -s t -l topic -d 'Topic to publish the request to' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s e -l response-topic -d 'Topic of the answers [default: a new one, which needs MQTT 5]' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s m -l message -d 'The message itself' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s f -l file -d 'A file whose content is the message' -r -F
complete -c mq -n "__fish_mq_using_subcommand request" -s q -l qos -d 'Quality of service of requests and answers: 0, 1 or 2' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s W -l timeout -d 'Wait so long for the answers, with -l from the sending of each request: seconds, or 30s, 1m30s; then the exit code is 5' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s C -l count -d 'Wait for so many answers to each request' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l in-flight -d 'With -l: so many requests wait for their answers at once; answers are printed as they come' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s F -l format -d 'Print each message by a format, like \'%t %p\' or \'@H:@M %j\'' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l retain-handling -d 'Ask for retained messages always, never, or when the subscription is new; needs MQTT 5' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s h -l host -d 'The broker\'s host, or HOST:PORT; may come many times, to be tried in turn [default: localhost, or `MQTT_URL`, or `MQTT_HOST`]' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s p -l port -d 'The broker\'s port [default: 1883, or 8883 with --cafile or --capath]' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s u -l username -d 'User name' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s P -l pw -l password -d 'Password; others can see it in the list of processes, so --password-file, --ask-password or `MQTT_PASSWORD` is better' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s i -l id -d 'Client id [default: the broker or mq makes one up]' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s k -l keepalive -d 'Seconds between two packets at most, 0 for no pings [default: 60]' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l unix -d 'The broker\'s Unix socket, instead of host and port' -r -F
complete -c mq -n "__fish_mq_using_subcommand request" -l password-file -d 'File whose first line is the password, - for standard input' -r -F
complete -c mq -n "__fish_mq_using_subcommand request" -s I -l id-prefix -d 'Client id made of this and the number of the process' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s x -l session-expiry -d 'How long the broker keeps the session when this client leaves: seconds, or 30m, -1 for ever; needs MQTT 5' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s M -l max-inflight -d 'Messages of QoS 1 and 2 that may be unacknowledged at once' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s V -l protocol-version -d '5, 3.1.1 (311) or 3.1 (31) [default: 5, and 3.1.1 where the broker knows no 5]' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l will-topic -d 'Topic of the message that the broker sends when this client is lost' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l will-payload -d 'Payload of that message' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l will-qos -d 'Quality of service of that message' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s D -l property -d 'A property of MQTT 5 for connect, publish, subscribe, unsubscribe, disconnect or will; a user-property has a name and a value; binary values also as hex:00ff or base64:AP8=' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l connect-timeout -d 'The time to look up, connect and be accepted, for each host' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l retry -d 'Without a broker at first, go on trying for so long' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l error-format -d 'Tell errors and warnings as text, or as JSON with one object a line' -r -f -a "text\t''
json\t''"
complete -c mq -n "__fish_mq_using_subcommand request" -s L -l url -d 'The broker in one word: `mqtt://[user[:password]@]host[:port][/topic]`, the same with `mqtts://`; with `ws://` and `wss://` the path is that of the request; may come many times, to be tried in turn' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s A -l bind -d 'The address of this host to connect from' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l ws-path -d 'The path to ask for [default: that of the URL, or /mqtt]' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l header -d 'A header for the WebSocket request, like \'Authorization: Bearer x\', or @FILE with such lines, which others cannot see in the list of processes; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l proxy -d 'A proxy to connect through: `socks5h://[user[:password]@]host[:port]` (it looks up the broker\'s name), `socks5://` (this host does) or `http://`; port 1080; or @FILE whose first line is that' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l cafile -d 'PEM file of the authorities to trust, or of the broker\'s own certificate; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand request" -l capath -d 'Folder of such files; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand request" -l cert -d 'PEM file of the client\'s certificate, with its authorities behind it' -r -F
complete -c mq -n "__fish_mq_using_subcommand request" -l key -d 'PEM file of the private key of --cert' -r -F
complete -c mq -n "__fish_mq_using_subcommand request" -l key-password-file -d 'File whose first line is the password of --key [default: it is asked for at the terminal]' -r -F
complete -c mq -n "__fish_mq_using_subcommand request" -l tls-version -d 'Only this version: tlsv1.2 or tlsv1.3' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l tls-alpn -d 'Application protocol to offer (ALPN); may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l ciphers -d 'Only these cipher suites, by their names with OpenSSL or IANA, with colons between' -r
complete -c mq -n "__fish_mq_using_subcommand request" -l tls-keylog -d 'Append the secrets of connections to a file, for Wireshark' -r -F
complete -c mq -n "__fish_mq_using_subcommand request" -l tls-server-name -d 'The name to ask for and to check, instead of the host' -r
complete -c mq -n "__fish_mq_using_subcommand request" -s s -l stdin-file -d 'All of standard input is the message'
complete -c mq -n "__fish_mq_using_subcommand request" -s l -l stdin-line -d 'Each line of standard input is a message'
complete -c mq -n "__fish_mq_using_subcommand request" -s n -l null-message -d 'An empty message'
complete -c mq -n "__fish_mq_using_subcommand request" -l latency -d 'Tell the time from request to answer on standard error, of many at the end the percentiles'
complete -c mq -n "__fish_mq_using_subcommand request" -s v -l verbose -d 'Print the topic before each message'
complete -c mq -n "__fish_mq_using_subcommand request" -l time -d 'Print the local time before each message: 2026-11-20T20:25:39.296+01:00'
complete -c mq -n "__fish_mq_using_subcommand request" -s N -l no-newline -d 'Print no newline behind a message'
complete -c mq -n "__fish_mq_using_subcommand request" -l pretty -d 'Print the JSON of %j and %J over many lines'
complete -c mq -n "__fish_mq_using_subcommand request" -l json -d 'Print each message as a JSON object with all that is known of it; mq pub --json sends it again'
complete -c mq -n "__fish_mq_using_subcommand request" -l json-payload -d 'With --json: a payload that is JSON is printed as JSON, not as a string'
complete -c mq -n "__fish_mq_using_subcommand request" -l tsv -d 'Print topic, tab and payload of each message; mq pub --tsv sends it again'
complete -c mq -n "__fish_mq_using_subcommand request" -s 0 -l nul -d 'Print NUL behind each message instead of a newline'
complete -c mq -n "__fish_mq_using_subcommand request" -s R -l no-retained -d 'Leave out retained messages'
complete -c mq -n "__fish_mq_using_subcommand request" -l retain-as-published -d 'Ask for the retain flag as the publisher set it; needs MQTT 5'
complete -c mq -n "__fish_mq_using_subcommand request" -s d -l debug -d 'Tell every packet on standard error'
complete -c mq -n "__fish_mq_using_subcommand request" -l ask-password -d 'Ask for the password at the terminal'
complete -c mq -n "__fish_mq_using_subcommand request" -s c -l disable-clean-session -d 'Keep the session at the broker when this client leaves; needs -i'
complete -c mq -n "__fish_mq_using_subcommand request" -l will-retain -d 'Keep that message as the topic\'s retained one'
complete -c mq -n "__fish_mq_using_subcommand request" -l quiet -d 'Tell no error once the options are understood; the exit code does'
complete -c mq -n "__fish_mq_using_subcommand request" -l help -d 'Print the most used options, and examples'
complete -c mq -n "__fish_mq_using_subcommand request" -s S -l srv -d 'The host is a domain: look up its SRV records, and try the hosts and ports that they name'
complete -c mq -n "__fish_mq_using_subcommand request" -l ws -d 'Speak MQTT through WebSocket, at port 80, or 443 with TLS'
complete -c mq -n "__fish_mq_using_subcommand request" -l nodelay -d 'Send small packets at once: always the case, taken for mosquitto\'s sake'
complete -c mq -n "__fish_mq_using_subcommand request" -l tls-use-os-certs -d 'Trust the authorities that the system trusts; turns TLS on, as does port 8883'
complete -c mq -n "__fish_mq_using_subcommand request" -l insecure -d 'Do not check the broker\'s certificate: anybody on the way can read and change all'
complete -c mq -n "__fish_mq_using_subcommand request" -l no-tls -d 'Forget all of these options, and use no TLS at port 8883 either'
complete -c mq -n "__fish_mq_using_subcommand request" -l help-all -d 'Print all options'
complete -c mq -n "__fish_mq_using_subcommand clear" -s t -l topic -d 'Topic filter whose retained messages are removed, as an option; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -s T -l filter-out -d 'Leave the messages of topics alone that match this filter; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l idle -d 'All retained messages have come when the broker sent none for so long' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -s W -l timeout -d 'End after this time, with exit code 5: seconds, or 30s, 1m30s' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -s h -l host -d 'The broker\'s host, or HOST:PORT; may come many times, to be tried in turn [default: localhost, or `MQTT_URL`, or `MQTT_HOST`]' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -s p -l port -d 'The broker\'s port [default: 1883, or 8883 with --cafile or --capath]' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -s u -l username -d 'User name' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -s P -l pw -l password -d 'Password; others can see it in the list of processes, so --password-file, --ask-password or `MQTT_PASSWORD` is better' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -s i -l id -d 'Client id [default: the broker or mq makes one up]' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -s k -l keepalive -d 'Seconds between two packets at most, 0 for no pings [default: 60]' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l unix -d 'The broker\'s Unix socket, instead of host and port' -r -F
complete -c mq -n "__fish_mq_using_subcommand clear" -l password-file -d 'File whose first line is the password, - for standard input' -r -F
complete -c mq -n "__fish_mq_using_subcommand clear" -s I -l id-prefix -d 'Client id made of this and the number of the process' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -s x -l session-expiry -d 'How long the broker keeps the session when this client leaves: seconds, or 30m, -1 for ever; needs MQTT 5' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -s M -l max-inflight -d 'Messages of QoS 1 and 2 that may be unacknowledged at once' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -s V -l protocol-version -d '5, 3.1.1 (311) or 3.1 (31) [default: 5, and 3.1.1 where the broker knows no 5]' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l will-topic -d 'Topic of the message that the broker sends when this client is lost' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l will-payload -d 'Payload of that message' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l will-qos -d 'Quality of service of that message' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -s D -l property -d 'A property of MQTT 5 for connect, publish, subscribe, unsubscribe, disconnect or will; a user-property has a name and a value; binary values also as hex:00ff or base64:AP8=' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l connect-timeout -d 'The time to look up, connect and be accepted, for each host' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l retry -d 'Without a broker at first, go on trying for so long' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l error-format -d 'Tell errors and warnings as text, or as JSON with one object a line' -r -f -a "text\t''
json\t''"
complete -c mq -n "__fish_mq_using_subcommand clear" -s L -l url -d 'The broker in one word: `mqtt://[user[:password]@]host[:port][/topic]`, the same with `mqtts://`; with `ws://` and `wss://` the path is that of the request; may come many times, to be tried in turn' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -s A -l bind -d 'The address of this host to connect from' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l ws-path -d 'The path to ask for [default: that of the URL, or /mqtt]' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l header -d 'A header for the WebSocket request, like \'Authorization: Bearer x\', or @FILE with such lines, which others cannot see in the list of processes; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l proxy -d 'A proxy to connect through: `socks5h://[user[:password]@]host[:port]` (it looks up the broker\'s name), `socks5://` (this host does) or `http://`; port 1080; or @FILE whose first line is that' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l cafile -d 'PEM file of the authorities to trust, or of the broker\'s own certificate; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand clear" -l capath -d 'Folder of such files; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand clear" -l cert -d 'PEM file of the client\'s certificate, with its authorities behind it' -r -F
complete -c mq -n "__fish_mq_using_subcommand clear" -l key -d 'PEM file of the private key of --cert' -r -F
complete -c mq -n "__fish_mq_using_subcommand clear" -l key-password-file -d 'File whose first line is the password of --key [default: it is asked for at the terminal]' -r -F
complete -c mq -n "__fish_mq_using_subcommand clear" -l tls-version -d 'Only this version: tlsv1.2 or tlsv1.3' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l tls-alpn -d 'Application protocol to offer (ALPN); may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l ciphers -d 'Only these cipher suites, by their names with OpenSSL or IANA, with colons between' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l tls-keylog -d 'Append the secrets of connections to a file, for Wireshark' -r -F
complete -c mq -n "__fish_mq_using_subcommand clear" -l tls-server-name -d 'The name to ask for and to check, instead of the host' -r
complete -c mq -n "__fish_mq_using_subcommand clear" -l dry-run -d 'Print the topics whose messages would be removed, and remove none'
complete -c mq -n "__fish_mq_using_subcommand clear" -s 0 -l nul -d 'Print NUL behind each topic instead of a newline'
complete -c mq -n "__fish_mq_using_subcommand clear" -l yes -d 'Do it though a filter matches every topic'
complete -c mq -n "__fish_mq_using_subcommand clear" -s d -l debug -d 'Tell every packet on standard error'
complete -c mq -n "__fish_mq_using_subcommand clear" -l ask-password -d 'Ask for the password at the terminal'
complete -c mq -n "__fish_mq_using_subcommand clear" -s c -l disable-clean-session -d 'Keep the session at the broker when this client leaves; needs -i'
complete -c mq -n "__fish_mq_using_subcommand clear" -l will-retain -d 'Keep that message as the topic\'s retained one'
complete -c mq -n "__fish_mq_using_subcommand clear" -l quiet -d 'Tell no error once the options are understood; the exit code does'
complete -c mq -n "__fish_mq_using_subcommand clear" -l help -d 'Print the most used options, and examples'
complete -c mq -n "__fish_mq_using_subcommand clear" -s S -l srv -d 'The host is a domain: look up its SRV records, and try the hosts and ports that they name'
complete -c mq -n "__fish_mq_using_subcommand clear" -l ws -d 'Speak MQTT through WebSocket, at port 80, or 443 with TLS'
complete -c mq -n "__fish_mq_using_subcommand clear" -l nodelay -d 'Send small packets at once: always the case, taken for mosquitto\'s sake'
complete -c mq -n "__fish_mq_using_subcommand clear" -l tls-use-os-certs -d 'Trust the authorities that the system trusts; turns TLS on, as does port 8883'
complete -c mq -n "__fish_mq_using_subcommand clear" -l insecure -d 'Do not check the broker\'s certificate: anybody on the way can read and change all'
complete -c mq -n "__fish_mq_using_subcommand clear" -l no-tls -d 'Forget all of these options, and use no TLS at port 8883 either'
complete -c mq -n "__fish_mq_using_subcommand clear" -l help-all -d 'Print all options'
complete -c mq -n "__fish_mq_using_subcommand bench" -l clients -d 'Clients of the kind that the scenario has many of' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -s t -l topic -d 'What the topics begin with, for subscribe the filter [default: one that nobody else has]' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -s q -l qos -d 'Quality of service of messages and subscriptions: 0, 1 or 2 [default: 0, for offline 1]' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l size -d 'Bytes of a payload: a number, from 64..1024, or around 500~100 with that standard deviation; 32 at least where it is to be told which messages came' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -s m -l message -d 'A payload with placeholders, instead of --size; with {stamp} where it is to be told which messages came' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l rate -d 'Messages a second of all publishers, sent by the clock, or 10/client of each; for connect and churn, connections a second' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l schedule -d 'How the rate goes on: constant, poisson, ramp:RATE, step:N or burst:N' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l inflight -d 'Messages of one publisher that may be on their way at once [default: 20 without --rate]' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l duration -d 'How long to send, or to hold connections [default: 10s, without an end with --count]' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l count -d 'Messages to send in all; for churn, connections to make' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l fail-if -d 'End with exit code 6 when this holds, like \'p99 > 20ms\' or \'lost > 0\'; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l on-error -d 'What happens when something fails: go-on (it is counted) or stop' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l scenario -d 'A file of TOML with groups of clients and phases; what a group does not say is as given here' -r -F
complete -c mq -n "__fish_mq_using_subcommand bench" -l clients-from -d 'A file of CSV with a client a line; its first line names the columns: id, username, password, cert, key' -r -F
complete -c mq -n "__fish_mq_using_subcommand bench" -l source -d 'An address to connect from, or a range like 127.0.0.2..127.0.0.9; may come many times, and clients take turns' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l broker-pid -d 'Process of a broker on this machine, whose processor time and memory are told, too' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l index -d 'Do this part of the load, counted from 0' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l of -d 'Share clients, rate and messages among so many processes' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l start-at -d 'Begin to send at this time, like 2026-11-21T20:30:00Z, or 20:30:00 today' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l repeat -d 'Run so many times, of each broker in turn, and tell how the runs differ' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l against -d 'Run at this broker, too, in turn, and say whether it differs by more than chance' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l confidence -d 'How sure a difference has to be to be told as one' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l csv -d 'Write a line a second to this file, for spreadsheets; of several runs the first column says which' -r -F
complete -c mq -n "__fish_mq_using_subcommand bench" -l hgrm -d 'Write how latencies are distributed to this file, as the tools of `HdrHistogram` plot it; of several runs one file each, f.hgrm becoming f.A1.hgrm' -r -F
complete -c mq -n "__fish_mq_using_subcommand bench" -l html -d 'Write the report with plots to this file, as one page for browsers; of several runs one file each' -r -F
complete -c mq -n "__fish_mq_using_subcommand bench" -l metrics -d 'Serve figures at this address while it runs, for Prometheus: PORT, or ADDRESS:PORT' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -s h -l host -d 'The broker\'s host, or HOST:PORT; may come many times, to be tried in turn [default: localhost, or `MQTT_URL`, or `MQTT_HOST`]' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -s p -l port -d 'The broker\'s port [default: 1883, or 8883 with --cafile or --capath]' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -s u -l username -d 'User name' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -s P -l pw -l password -d 'Password; others can see it in the list of processes, so --password-file, --ask-password or `MQTT_PASSWORD` is better' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -s i -l id -d 'Client id [default: the broker or mq makes one up]' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -s k -l keepalive -d 'Seconds between two packets at most, 0 for no pings [default: 60]' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l unix -d 'The broker\'s Unix socket, instead of host and port' -r -F
complete -c mq -n "__fish_mq_using_subcommand bench" -l password-file -d 'File whose first line is the password, - for standard input' -r -F
complete -c mq -n "__fish_mq_using_subcommand bench" -s I -l id-prefix -d 'Client id made of this and the number of the process' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -s x -l session-expiry -d 'How long the broker keeps the session when this client leaves: seconds, or 30m, -1 for ever; needs MQTT 5' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -s M -l max-inflight -d 'Messages of QoS 1 and 2 that may be unacknowledged at once' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -s V -l protocol-version -d '5, 3.1.1 (311) or 3.1 (31) [default: 5, and 3.1.1 where the broker knows no 5]' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l will-topic -d 'Topic of the message that the broker sends when this client is lost' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l will-payload -d 'Payload of that message' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l will-qos -d 'Quality of service of that message' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -s D -l property -d 'A property of MQTT 5 for connect, publish, subscribe, unsubscribe, disconnect or will; a user-property has a name and a value; binary values also as hex:00ff or base64:AP8=' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l connect-timeout -d 'The time to look up, connect and be accepted, for each host' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l retry -d 'Without a broker at first, go on trying for so long' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l error-format -d 'Tell errors and warnings as text, or as JSON with one object a line' -r -f -a "text\t''
json\t''"
complete -c mq -n "__fish_mq_using_subcommand bench" -s L -l url -d 'The broker in one word: `mqtt://[user[:password]@]host[:port][/topic]`, the same with `mqtts://`; with `ws://` and `wss://` the path is that of the request; may come many times, to be tried in turn' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -s A -l bind -d 'The address of this host to connect from' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l ws-path -d 'The path to ask for [default: that of the URL, or /mqtt]' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l header -d 'A header for the WebSocket request, like \'Authorization: Bearer x\', or @FILE with such lines, which others cannot see in the list of processes; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l proxy -d 'A proxy to connect through: `socks5h://[user[:password]@]host[:port]` (it looks up the broker\'s name), `socks5://` (this host does) or `http://`; port 1080; or @FILE whose first line is that' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l cafile -d 'PEM file of the authorities to trust, or of the broker\'s own certificate; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand bench" -l capath -d 'Folder of such files; turns TLS on' -r -F
complete -c mq -n "__fish_mq_using_subcommand bench" -l cert -d 'PEM file of the client\'s certificate, with its authorities behind it' -r -F
complete -c mq -n "__fish_mq_using_subcommand bench" -l key -d 'PEM file of the private key of --cert' -r -F
complete -c mq -n "__fish_mq_using_subcommand bench" -l key-password-file -d 'File whose first line is the password of --key [default: it is asked for at the terminal]' -r -F
complete -c mq -n "__fish_mq_using_subcommand bench" -l tls-version -d 'Only this version: tlsv1.2 or tlsv1.3' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l tls-alpn -d 'Application protocol to offer (ALPN); may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l ciphers -d 'Only these cipher suites, by their names with OpenSSL or IANA, with colons between' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l tls-keylog -d 'Append the secrets of connections to a file, for Wireshark' -r -F
complete -c mq -n "__fish_mq_using_subcommand bench" -l tls-server-name -d 'The name to ask for and to check, instead of the host' -r
complete -c mq -n "__fish_mq_using_subcommand bench" -l until-steady -d 'End when five seconds agree in what was done and how long it took, or after --duration [default: 60s]'
complete -c mq -n "__fish_mq_using_subcommand bench" -l find-max -d 'Find the highest rate that no --fail-if makes fail [default: \'p99 > 100ms\' and \'lost > 0\']: one run after the other, of --duration each [default: 5s], the first at --rate [default: 1000]'
complete -c mq -n "__fish_mq_using_subcommand bench" -l tls-resume -d 'Go on with TLS sessions that earlier connections of the run began, as devices do that come back [default: a full handshake each]'
complete -c mq -n "__fish_mq_using_subcommand bench" -l json -d 'Print objects of JSON: one a second, and the report'
complete -c mq -n "__fish_mq_using_subcommand bench" -l embedded -d 'Start mq broker at a free port, and load that'
complete -c mq -n "__fish_mq_using_subcommand bench" -l fail-if-worse -d 'End with exit code 6 when B is worse in any metric'
complete -c mq -n "__fish_mq_using_subcommand bench" -s d -l debug -d 'Tell every packet on standard error'
complete -c mq -n "__fish_mq_using_subcommand bench" -l ask-password -d 'Ask for the password at the terminal'
complete -c mq -n "__fish_mq_using_subcommand bench" -s c -l disable-clean-session -d 'Keep the session at the broker when this client leaves; needs -i'
complete -c mq -n "__fish_mq_using_subcommand bench" -l will-retain -d 'Keep that message as the topic\'s retained one'
complete -c mq -n "__fish_mq_using_subcommand bench" -l quiet -d 'Tell no error once the options are understood; the exit code does'
complete -c mq -n "__fish_mq_using_subcommand bench" -l help -d 'Print the most used options, and examples'
complete -c mq -n "__fish_mq_using_subcommand bench" -s S -l srv -d 'The host is a domain: look up its SRV records, and try the hosts and ports that they name'
complete -c mq -n "__fish_mq_using_subcommand bench" -l ws -d 'Speak MQTT through WebSocket, at port 80, or 443 with TLS'
complete -c mq -n "__fish_mq_using_subcommand bench" -l nodelay -d 'Send small packets at once: always the case, taken for mosquitto\'s sake'
complete -c mq -n "__fish_mq_using_subcommand bench" -l tls-use-os-certs -d 'Trust the authorities that the system trusts; turns TLS on, as does port 8883'
complete -c mq -n "__fish_mq_using_subcommand bench" -l insecure -d 'Do not check the broker\'s certificate: anybody on the way can read and change all'
complete -c mq -n "__fish_mq_using_subcommand bench" -l no-tls -d 'Forget all of these options, and use no TLS at port 8883 either'
complete -c mq -n "__fish_mq_using_subcommand bench" -l help-all -d 'Print all options'
complete -c mq -n "__fish_mq_using_subcommand bench-compare" -l confidence -d 'How sure a difference has to be to be told as one' -r
complete -c mq -n "__fish_mq_using_subcommand bench-compare" -l error-format -d 'Tell errors and warnings as text, or as JSON with one object a line' -r -f -a "text\t''
json\t''"
complete -c mq -n "__fish_mq_using_subcommand bench-compare" -l fail-if-worse -d 'End with exit code 6 when B is worse in any metric'
complete -c mq -n "__fish_mq_using_subcommand bench-compare" -l json -d 'Print an object of JSON'
complete -c mq -n "__fish_mq_using_subcommand bench-compare" -l help -d 'Print the most used options, and examples'
complete -c mq -n "__fish_mq_using_subcommand bench-compare" -l help-all -d 'Print all options'
complete -c mq -n "__fish_mq_using_subcommand bench-merge" -l fail-if -d 'End with exit code 6 when this holds of the whole; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand bench-merge" -l error-format -d 'Tell errors and warnings as text, or as JSON with one object a line' -r -f -a "text\t''
json\t''"
complete -c mq -n "__fish_mq_using_subcommand bench-merge" -l json -d 'Print objects of JSON: one a second, and the report'
complete -c mq -n "__fish_mq_using_subcommand bench-merge" -l help -d 'Print the most used options, and examples'
complete -c mq -n "__fish_mq_using_subcommand bench-merge" -l help-all -d 'Print all options'
complete -c mq -n "__fish_mq_using_subcommand broker" -s p -l port -d 'Port to serve at, 0 for a free one [default: 1883, with a command 0]' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -s b -l bind -d 'Address to serve at instead of localhost, * for all' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l unix -d 'Unix socket to serve at, beside the port if one is given' -r -F
complete -c mq -n "__fish_mq_using_subcommand broker" -l ready-file -d 'Put the lines that tell where it serves into this file, once it listens' -r -F
complete -c mq -n "__fish_mq_using_subcommand broker" -l pid-file -d 'Put the number of the process into this file, as long as it serves' -r -F
complete -c mq -n "__fish_mq_using_subcommand broker" -l on-full -d 'What a full queue does to QoS 1 and 2 messages: refuse them for 10 s and then lose them for that client, refuse them always, or drop them at once' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l error-format -d 'Tell errors and warnings as text, or as JSON with one object a line' -r -f -a "text\t''
json\t''"
complete -c mq -n "__fish_mq_using_subcommand broker" -l user -d 'Let this user in, and nobody else without a login; may come many times. Others can see the password in the list of processes: NAME:@FILE takes it from the first line of a file' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l password-file -d 'Let the users in that stand in this file, as the password file of mosquitto has them; mq passwd makes and edits it' -r -F
complete -c mq -n "__fish_mq_using_subcommand broker" -l acl -d 'Allow this, and deny all that is not allowed; may come many times. WHO is a user, * for everybody, - for who does not log in; ACCESS is read, write, readwrite or deny, which has no exceptions; in TOPIC, a level %u stands for the user\'s name, %c for the client id' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l acl-file -d 'Allow what this file allows, as the ACL file of mosquitto does, and deny the rest' -r -F
complete -c mq -n "__fish_mq_using_subcommand broker" -l json -d 'Tell what happens as JSON, one object a line, on standard output; with a command on standard error. --json=publishes tells each message, too' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l record -d 'Write every message that is published into this file, as mq sub --json does' -r -F
complete -c mq -n "__fish_mq_using_subcommand broker" -l expect -d 'End with 6 when this was not published, or not with this payload; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l retain-file -d 'Begin with the retained messages of this file, which mq sub --retained --json writes' -r -F
complete -c mq -n "__fish_mq_using_subcommand broker" -l tls-port -d 'Port of TLS, 0 for a free one [default: 8883, with -p 0 or a command 0]; turns TLS on, as do the files and names below' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l tls-cert -d 'PEM file of the broker\'s certificate, with its authorities behind it' -r -F
complete -c mq -n "__fish_mq_using_subcommand broker" -l tls-key -d 'PEM file of the private key of --tls-cert' -r -F
complete -c mq -n "__fish_mq_using_subcommand broker" -l tls-key-password-file -d 'File whose first line is the password of --tls-key' -r -F
complete -c mq -n "__fish_mq_using_subcommand broker" -l tls-ca -d 'Take certificates of clients that the authorities in this PEM file have signed' -r -F
complete -c mq -n "__fish_mq_using_subcommand broker" -l tls-crl -d 'Refuse certificates of clients that this revocation list has' -r -F
complete -c mq -n "__fish_mq_using_subcommand broker" -l cert-user -d 'Take the name of the user from the client\'s certificate, and ask for no password: cn for the common name, subject for all of the subject' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l issue-cert -d 'Make a certificate for a client as well, as NAME.crt and NAME.key; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l tls-dir -d 'Keep what is made in this folder, and go on with the authority that is there' -r -F
complete -c mq -n "__fish_mq_using_subcommand broker" -l tls-name -d 'Name or address that clients call the broker by, for the certificate made on the spot; may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l tls-version -d 'Only this version: tlsv1.2 or tlsv1.3' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l ws -d 'Serve WebSocket at this port, 0 for a free one' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l wss -d 'Serve WebSocket within TLS at this port; turns TLS on' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l ws-origin -d 'Refuse WebSocket of other pages than this, as browsers name it (scheme, host and port); may come many times' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l sys-interval -d 'How often to publish the broker\'s own state to $SYS/broker/..., 0 for never [default: 10s]' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l memory-limit -d 'How much to hold in memory of messages, buffers and sessions: a number with K, M or G, 0 for any; beyond it nothing new is taken [default: 1G]' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -l metrics -d 'Serve the same as metrics for Prometheus, over HTTP at /metrics of this address: a PORT of localhost, 0 for a free one, HOST:PORT, or unix:PATH. Whoever reaches it may read it' -r
complete -c mq -n "__fish_mq_using_subcommand broker" -s c -l config -d 'Take listeners, users, rules and limits from this file, which is written as mosquitto.conf is. SIGHUP reads it again, with the files that it names' -r -F
complete -c mq -n "__fish_mq_using_subcommand broker" -s d -l daemon -d 'Serve in the background; this call ends once it listens there, or has failed. The log goes on where standard error is a file, and nowhere else'
complete -c mq -n "__fish_mq_using_subcommand broker" -s v -l verbose -d 'Tell every subscription in the log, and with a command who comes and goes as well'
complete -c mq -n "__fish_mq_using_subcommand broker" -s q -l quiet -d 'Tell trouble alone in the log [default with a command]'
complete -c mq -n "__fish_mq_using_subcommand broker" -l until-stdin-ends -d 'End when standard input does: for programs that start a broker, and may be killed'
complete -c mq -n "__fish_mq_using_subcommand broker" -l show-limits -d 'Print every limit with its value, and end'
complete -c mq -n "__fish_mq_using_subcommand broker" -l help -d 'Print the most used options, and examples'
complete -c mq -n "__fish_mq_using_subcommand broker" -l allow-anonymous -d 'Let in who does not log in, too'
complete -c mq -n "__fish_mq_using_subcommand broker" -l tls -d 'Serve TLS as well, with a certificate made on the spot unless one is given; beyond this machine instead of the plain port, unless -p names that'
complete -c mq -n "__fish_mq_using_subcommand broker" -l require-client-cert -d 'Let nobody in by TLS without a certificate of --tls-ca, or of the authority made on the spot'
complete -c mq -n "__fish_mq_using_subcommand broker" -l test-config -d 'Read the configuration and all files that it names, tell what is wrong with them, and end'
complete -c mq -n "__fish_mq_using_subcommand broker" -l help-all -d 'Print all options'
complete -c mq -n "__fish_mq_using_subcommand passwd" -s H -l hash -d 'How to hash: argon2id, or for mosquitto before 2.1 sha512-pbkdf2, before 2.0 sha512 [default: argon2id, with -I sha512-pbkdf2]' -r
complete -c mq -n "__fish_mq_using_subcommand passwd" -s I -l iterations -d 'Rounds of sha512-pbkdf2: more are harder to guess, and slower at each login [default: 1000]' -r
complete -c mq -n "__fish_mq_using_subcommand passwd" -l error-format -d 'Tell errors and warnings as text, or as JSON with one object a line' -r -f -a "text\t''
json\t''"
complete -c mq -n "__fish_mq_using_subcommand passwd" -s c -l create -d 'Begin a new file, whatever is in the old one'
complete -c mq -n "__fish_mq_using_subcommand passwd" -s D -l delete -d 'Remove the user'
complete -c mq -n "__fish_mq_using_subcommand passwd" -s U -l upgrade -d 'Hash all passwords that stand in the file as they are'
complete -c mq -n "__fish_mq_using_subcommand passwd" -s b -l batch -d 'Take the password from the command line, where others can see it in the list of processes'
complete -c mq -n "__fish_mq_using_subcommand passwd" -l help -d 'Print the most used options, and examples'
complete -c mq -n "__fish_mq_using_subcommand passwd" -l help-all -d 'Print all options'
complete -c mq -n "__fish_mq_using_subcommand explain" -l error-format -d 'Tell errors and warnings as text, or as JSON with one object a line' -r -f -a "text\t''
json\t''"
complete -c mq -n "__fish_mq_using_subcommand explain" -l help -d 'Print the most used options, and examples'
complete -c mq -n "__fish_mq_using_subcommand explain" -l help-all -d 'Print all options'
