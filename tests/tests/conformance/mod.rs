//! Behaviour common to both engines. Each test runs on the embedded store and, through tiberius, on SQL Server: the
//! stand-in, or the real server that `BOOKSTORE_TEST_CONNECTIONSTRING` names.

mod comparing;
mod creating;
mod editing;
mod listing;
pub(crate) mod many;

use bookstore_tests::books;
use bookstore_tests::fixture::Fixture;

macro_rules! on_every_engine {
    ($($module:ident::$test:ident),+ $(,)?) => {
        mod embedded {
            $(#[tokio::test]
            async fn $test() {
                super::$module::$test(&super::Fixture::embedded().await).await;
            })+
        }

        mod sql_server {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let fixture = super::Fixture::sql_server().await;
                super::$module::$test(&fixture).await;
                fixture.drop_database().await;
            })+
        }
    };
}

on_every_engine![
    comparing::empty_store_has_nothing_to_compare,
    comparing::each_login_has_count_times_and_newest_books,
    comparing::timeline_parts_add_up_to_the_counts,
    comparing::books_before_the_timeline_are_counted,
    comparing::logins_beyond_the_columns_are_counted_together,
    comparing::writes_change_the_marker_and_reads_do_not,
    comparing::all_of_100_000_books_are_compared,
    creating::created_book_is_read_back_unchanged,
    creating::database_records_creator_and_time,
    creating::repeated_request_finds_its_row,
    creating::repeated_request_with_other_values_is_refused,
    creating::repeated_request_after_a_delete_creates_again,
    creating::concurrent_repeats_insert_one_row,
    creating::letters_of_all_scripts_survive,
    creating::extremes_of_every_column_survive,
    editing::edit_changes_the_row_and_raises_its_version,
    editing::edit_keeps_the_creator,
    editing::edit_of_an_old_version_is_a_conflict,
    editing::of_two_concurrent_edits_one_is_a_conflict,
    editing::repeated_edit_finds_its_own_result,
    editing::deleted_book_is_not_found,
    editing::delete_of_an_old_version_is_a_conflict,
    editing::unknown_book_is_not_found,
    listing::empty_store_has_an_empty_page,
    listing::every_column_sorts_both_ways,
    listing::equal_rows_are_never_on_two_pages,
    listing::total_counts_all_pages,
    listing::page_past_the_last_is_empty_with_the_total,
    listing::search_finds_parts_of_title_and_author_in_any_case,
    listing::wildcards_and_quotes_in_a_search_are_literal,
    listing::search_finds_words_in_any_order_in_title_author_and_publisher,
    listing::search_for_a_symbol_finds_only_books_with_it,
    listing::export_reads_every_matching_book_once,
    listing::reset_demo_brings_the_eight_books_back,
    listing::characters_beyond_the_bmp_are_searched,
    listing::books_are_filtered_by_creator,
    listing::creators_are_counted_regardless_of_the_search,
    many::every_page_has_the_rows_of_its_place,
    many::last_of_100_000_books_is_on_the_last_page,
];
