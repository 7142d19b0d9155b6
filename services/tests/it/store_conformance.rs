//! What every store adapter promises, run against all of them.

mod suite;

use services::store::{self, SqliteStore, Store};
use std::{error::Error, future::Future};

type Failed = Box<dyn Error + Send + Sync>;
type Outcome = Result<(), Failed>;

/// Runs each named test once per adapter. One adapter is one module: its `check` gives a store of
/// its own to each test.
macro_rules! for_every_adapter {
    ($($area:ident: $($test:ident),+ $(,)?;)+) => {
        mod sqlite {
            use super::*;
            $($(#[tokio::test(flavor = "multi_thread")]
            async fn $test() -> Outcome {
                check(suite::$area::$test).await
            })+)+

            async fn check<F: Future<Output = Outcome>>(test: impl FnOnce(Store) -> F) -> Outcome {
                let folder = tempfile::tempdir()?;
                let file = folder.path().join("vault.db");
                let store = SqliteStore::open(&file).await?.into();
                test(store).await
            }
        }
        mod mongo {
            use super::*;
            $($(#[tokio::test(flavor = "multi_thread")]
            async fn $test() -> Outcome {
                check(suite::$area::$test).await
            })+)+

            async fn check<F: Future<Output = Outcome>>(test: impl FnOnce(Store) -> F) -> Outcome {
                let server = crate::mongo_server::MongoServer::shared().await?;
                let store = store::open_mongo(&server.url()).await?;
                test(store).await
            }
        }
    };
}

for_every_adapter!(
    users:
        an_account_is_found_as_it_was_stored,
        an_account_may_have_next_to_nothing,
        times_are_kept_to_the_microsecond,
        an_id_an_address_and_a_wallet_belong_to_one_account,
        a_refused_account_leaves_nothing_behind,
        a_change_replaces_the_whole_account,
        a_change_of_another_revision_is_refused,
        a_change_to_what_another_has_is_refused,
        what_was_given_up_is_free_again,
        one_of_many_changes_of_a_revision_wins,
        one_of_many_gets_the_address,
        an_account_goes_with_all_that_is_its_own,
        an_administrator_is_always_left,
        a_name_of_before_stays_readable,
        accounts_are_counted_by_role,
        accounts_with_a_second_factor_are_read_page_by_page;
    admins:
        an_administrator_is_left_by_suspensions_too,
        whoever_is_demoted_is_out_and_a_user_can_always_be;
    sessions:
        a_session_is_found_as_it_was_stored,
        a_session_needs_its_user,
        sessions_are_listed_last_used_first,
        a_session_moves_to_its_next_token,
        one_of_many_rotations_wins,
        uses_and_second_factors_are_noted,
        a_session_that_is_gone_is_not_made_again,
        only_the_owner_ends_a_session,
        a_change_of_an_account_ends_all_sessions_but_one,
        a_refused_change_of_an_account_ends_no_session,
        nobody_sees_the_spared_session_left_behind;
    tokens:
        a_token_works_once,
        a_token_stands_for_no_other_purpose,
        a_token_that_is_over_is_not_given,
        a_token_may_be_nobodys,
        a_token_is_stored_once_and_needs_its_user,
        one_of_many_takes_the_token,
        tries_are_counted_up_to_the_most,
        no_try_is_lost,
        a_users_tokens_for_a_purpose_are_removed,
        a_token_given_back_counts_no_more;
    api_keys:
        a_key_is_found_as_it_was_stored,
        a_key_needs_its_user,
        keys_are_listed_newest_first,
        a_use_of_a_key_is_noted,
        only_the_owner_deletes_a_key,
        many_at_once_do_not_make_too_many_keys,
        all_keys_are_read_page_by_page_and_sealed_anew;
    addresses:
        an_address_is_found_as_it_was_stored,
        an_address_needs_its_user,
        addresses_are_listed_newest_first,
        an_address_is_once_on_a_list_and_may_be_on_several,
        one_of_many_gets_the_address_onto_the_list,
        many_at_once_do_not_overfill_a_list,
        a_change_of_an_address_keeps_what_it_is,
        only_the_owner_sees_changes_and_deletes_an_address;
    portfolios:
        nobody_has_told_anything_at_first,
        an_entry_is_found_as_it_was_told,
        entries_are_in_the_order_of_time,
        what_was_told_before_is_not_added_again,
        of_two_with_the_same_key_the_first_counts,
        a_portfolio_is_not_overfilled,
        entries_come_in_all_or_none,
        thousands_come_in_at_once,
        a_portfolio_needs_its_user,
        a_portfolio_goes_with_its_account;
    portfolio_changes:
        many_at_once_add_each_entry_once,
        many_at_once_do_not_overfill_a_portfolio,
        a_change_of_an_entry_keeps_where_it_came_from,
        one_of_many_changes_of_an_entry_wins,
        only_the_owner_sees_changes_and_deletes_an_entry,
        the_revision_counts_every_change_of_an_entry;
    portfolio_imports:
        an_import_is_taken_out_as_a_whole_and_nothing_else,
        imports_of_thousands_are_taken_out_as_a_whole,
        one_of_many_takes_an_import_out;
    alerts:
        an_alert_is_found_as_it_was_stored,
        many_at_once_do_not_make_too_many_alerts,
        changes_of_alerts_are_read_in_their_order,
        an_alert_is_told_once_with_its_change;
    notifications:
        what_somebody_is_told_is_numbered,
        no_number_is_given_twice,
        a_delivery_is_given_to_one_and_again_when_it_is_not_finished,
        what_somebody_wants_to_be_told_is_kept,
        what_many_want_to_be_told_is_read_at_once,
        no_change_of_what_somebody_wants_is_lost,
        what_somebody_was_told_goes_with_their_account,
        a_piece_of_the_journal_is_told_once_however_many_tell_it,
        whoever_is_gone_holds_nobody_else_up,
        the_newest_are_kept_and_what_is_behind_a_number_is_found;
    webhooks:
        a_webhook_is_found_as_it_was_stored,
        a_webhook_needs_its_user,
        many_at_once_do_not_make_too_many_webhooks,
        all_webhooks_are_read_page_by_page_and_sealed_anew,
        webhooks_and_mails_are_claimed_apart_and_nobody_of_whom_there_is_enough,
        what_was_sent_to_a_webhook_is_read_page_by_page,
        a_webhook_is_switched_off_by_the_last_of_so_many_failures_and_on_by_what_arrives,
        a_webhook_that_is_deleted_takes_along_what_was_sent_and_gets_no_more,
        purging_leaves_what_was_sent_within_a_month,
        webhooks_go_with_their_account;
    candles:
        candles_are_found_as_they_were_stored,
        a_candle_replaces_the_one_before,
        old_candles_of_a_width_are_forgotten;
    audit:
        a_record_is_found_as_it_was_stored,
        records_are_read_on_from_a_number,
        records_are_found_by_actor_action_and_subject,
        records_are_found_by_their_moment,
        records_are_paged_newest_first,
        a_number_is_given_once,
        one_of_many_appends_wins;
    journal:
        a_new_journal_has_no_writer_and_the_first_gets_it,
        whoever_was_followed_writes_no_more,
        entries_follow_one_another,
        a_group_is_kept_as_a_whole_or_not_at_all,
        orders_are_found_as_they_are_now,
        what_has_changed_is_found_by_the_last_number_known,
        balances_are_read_by_whole_users,
        transactions_are_found_by_what_they_are_and_when,
        the_last_snapshot_counts,
        a_first_answer_is_kept_until_its_end;
    transactions:
        a_users_transactions_are_read_oldest_first_page_by_page;
    everybody:
        fills_and_transactions_of_everybody_are_read_page_by_page;
    overview:
        accounts_are_found_by_what_they_are_called,
        accounts_are_read_newest_first_page_by_page,
        sessions_that_are_open_are_counted,
        fills_of_a_pair_are_read_from_a_moment_on,
        it_says_what_it_is;
    leaving:
        whoever_has_deleted_the_account_is_leaving_until_it_is_closed;
    database:
        it_answers_a_ping,
        purging_leaves_what_counts,
        a_closed_store_is_unavailable;
);
