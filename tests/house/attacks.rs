//! The bad inputs and attacks that the broker and what belongs to it are held to, by their numbers, and
//! the test of each part.

use super::hold;
use super::source::Source;

/// A row and one part of it, with the tests that show what comes of it.
type Row = (&'static str, &'static str, &'static [&'static str]);

const ROWS: &[Row] = &[
    (
        "31",
        "CONNECT at a byte a second",
        &["a_connect_that_comes_a_byte_at_a_time_is_ended_all_the_same"],
    ),
    (
        "31",
        "a handshake of TLS that stalls",
        &[
            "half_a_handshake_is_closed_at_the_deadline_of_connect",
            "a_hello_of_a_byte_a_second_is_cut_at_the_deadline_however_it_goes_on",
            "thousands_of_stalled_handshakes_keep_nobody_out",
        ],
    ),
    (
        "32",
        "half open",
        &["a_half_open_client_is_closed_after_one_and_a_half_keep_alives_and_its_will_comes_once"],
    ),
    ("32", "keep-alive 0", &["row_32_the_system_asks_after_clients_without_keep_alive"]),
    (
        "32",
        "keep-alive 65,535 with a cap",
        &[
            "a_keep_alive_above_the_longest_is_cut_or_refused",
            "versions_keep_alive_and_identifiers_are_as_the_file_says",
        ],
    ),
    ("33", "QoS 0", &["row_33_a_subscriber_that_never_reads_at_qos_0"]),
    ("33", "QoS 1", &["row_33_a_subscriber_that_never_reads_at_qos_1"]),
    ("33", "QoS 2", &["row_33_a_subscriber_that_never_reads_at_qos_2"]),
    ("34", "a queue of who is away", &["row_34_the_queues_of_who_is_away_are_bounded"]),
    ("34", "100,000 sessions", &["row_34_a_hundred_thousand_sessions_of_random_names_are_bounded"]),
    ("35", "connections that come and go", &["a_storm_of_connections_leaves_nothing_behind"]),
    (
        "35",
        "all come back at once",
        &[
            "row_35_a_storm_of_logins_keeps_nobody_waiting_who_is_here_or_was_here",
            "row_35_who_comes_back_again_and_again_is_let_in_without_work",
        ],
    ),
    (
        "36",
        "no descriptor is left",
        &[
            "clients_wait_for_room_when_there_are_as_many_as_descriptors",
            "clients_wait_for_room_when_somebody_else_took_the_descriptors",
        ],
    ),
    (
        "37",
        "memory",
        &["row_37_over_the_memory_limit_what_is_new_is_refused_and_pings_are_answered"],
    ),
    (
        "38",
        "a flood of the log",
        &[
            "row_38_one_peer_does_not_fill_the_log",
            "row_38_who_never_gets_in_does_not_fill_the_log",
            "guessed_passwords_do_not_fill_the_log_either",
            "a_log_that_its_reader_does_not_take_makes_no_lines_of_its_own",
            "a_thousand_lines_wait_and_the_rest_is_counted",
        ],
    ),
    (
        "43",
        "a password in a file, a variable, at a prompt",
        &[
            "a_password_comes_from_the_first_line_of_a_file",
            "a_client_that_logs_in_says_nothing_of_it",
            "a_password_typed_at_a_terminal_is_typed_twice_and_not_shown",
            "what_is_typed_at_the_terminal_stays_there",
        ],
    ),
    (
        "43",
        "a password in $SYS, metrics, logs, the process, errors, values",
        &[
            "row_43_a_password_is_nowhere_to_be_seen",
            "a_password_is_never_shown",
            "failures_are_told_without_it",
            "values_of_the_library_do_not_show_it",
        ],
    ),
    (
        "44",
        "files that are made are for their owner",
        &[
            "what_is_made_is_for_the_owner_alone_and_goes_with_the_broker",
            "a_private_folder_is_made_for_the_keys_while_it_serves",
            "a_link_is_replaced_and_not_followed",
            "a_link_is_replaced_and_modes_are_those_asked_for",
            "what_fails_leaves_the_old_file_and_nothing_beside_it",
        ],
    ),
    (
        "44",
        "files that others can read or change",
        &[
            "others_that_can_read_the_file_are_told_of",
            "row_44_files_that_others_can_change_are_told_of",
            "a_certificate_out_of_its_time_and_an_open_key_are_told_at_the_start",
        ],
    ),
    (
        "45",
        "every badness of every file",
        &[
            "row_45_every_file_in_every_kind_of_badness_is_refused_and_nobody_is_served",
            "a_folder_that_is_none_or_empty_is_refused_with_its_line",
        ],
    ),
    (
        "46",
        "a reading that fails",
        &[
            "files_that_are_wrong_change_nothing_and_are_told_of",
            "certificates_are_changed_while_it_serves_and_bad_ones_change_nothing",
            "hanging_up_reloads_and_a_wrong_file_changes_nothing",
            "row_46_files_that_no_descriptor_is_left_for_change_nothing",
        ],
    ),
    ("47", "another host", &["of_another_host", "of_another_address"]),
    ("47", "expired", &["that_has_expired"]),
    ("47", "self-signed", &["that_has_signed_itself"]),
    ("47", "an unknown authority", &["of_an_unknown_authority"]),
    (
        "47",
        "an empty file of authorities, first and at each return",
        &[
            "options_are_checked_before_anything_connects",
            "row_47_a_certificate_that_is_wrong_only_on_return_is_refused",
        ],
    ),
    (
        "47",
        "no certificate of the client's",
        &["a_client_without_a_certificate_is_refused_and_with_a_good_one_let_in"],
    ),
    (
        "47",
        "TLS 1.1",
        &["versions_of_tls_before_1_2_are_refused", "that_speaks_only_an_old_version_of_tls"],
    ),
    ("47", "--insecure", &["without_checking_all_is_accepted_and_told_each_time"]),
    ("47", "plain text", &["that_speaks_no_tls", "what_asks_for_tls_never_comes_to_plain_text"]),
    (
        "48",
        "a line of the log by a peer",
        &["row_48_a_peer_writes_no_line_of_the_log", "a_client_cannot_write_a_line_of_the_log"],
    ),
    (
        "49",
        "numbers of options and keys",
        &[
            "row_49_numbers_that_are_none_are_refused_by_their_options",
            "row_49_numbers_that_are_none_are_refused_by_every_key",
        ],
    ),
    ("F", "CVE-2017-7650", &["a_client_id_with_a_wildcard_reaches_no_further"]),
    (
        "F",
        "CVE-2018-12546",
        &[
            "a_retained_message_goes_with_its_publishers_right_to_publish",
            "a_retained_message_is_kept_from_who_may_not_read_any_longer",
        ],
    ),
    ("F", "CVE-2018-12550", &["an_empty_acl_file_opens_nothing"]),
    ("F", "CVE-2018-12551", &["a_blank_line_of_a_password_file_is_no_user"]),
    ("F", "CVE-2018-20145", &["the_rules_hold_at_every_listener"]),
    ("F", "CVE-2021-34434", &["a_subscription_does_not_outlive_the_right_to_read"]),
    ("F", "CVE-2017-7652", &["row_46_files_that_no_descriptor_is_left_for_change_nothing"]),
    (
        "F",
        "CVE-2026-33217 and -58214: what is retained or queued is not asked about",
        &[
            "retained_messages_are_checked_when_they_are_read",
            "what_was_queued_is_asked_about_again_when_it_is_sent",
            "what_was_sent_and_not_acknowledged_is_not_sent_again",
            "what_waits_is_asked_about_again_when_its_client_comes_back_elsewhere",
            "what_waits_for_who_lost_the_right_to_it_is_dropped_counted_and_said",
        ],
    ),
    (
        "F",
        "wills, identifiers and sessions of others",
        &[
            "a_will_is_checked_like_a_message",
            "a_will_is_not_published_when_the_right_went_before_its_time",
            "a_session_is_its_users",
            "a_session_is_taken_over_by_its_user_alone",
        ],
    ),
];

#[test]
fn every_part_of_every_row_has_its_tests() {
    let mut sources = Source::below("src");
    sources.extend(Source::below("tests"));
    let is_test = |name: &str| {
        let begin = format!("fn {name}(");
        sources.iter().any(|source| source.text.contains(&begin))
    };
    let mut missing = Vec::new();
    for (row, part, tests) in ROWS {
        let gone = tests.iter().filter(|name| !is_test(name));
        missing.extend(gone.map(|name| format!("row {row}, {part}: there is no {name}")));
    }
    let numbers = (31..=38).chain(43..=49).map(|number| number.to_string());
    let without = numbers.filter(|number| ROWS.iter().all(|(row, ..)| row != number));
    missing.extend(without.map(|number| format!("row {number} has no test")));
    hold("each part of each row has its tests", &missing);
}
