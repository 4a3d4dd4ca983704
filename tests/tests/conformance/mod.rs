//! What every engine must do alike. Each sentence below runs on the embedded store and, through tiberius, on SQL Server: the
//! stand-in, or the real server that `BOOKSTORE_TEST_CONNECTIONSTRING` names.

mod comparing;
mod creating;
mod editing;
mod listing;
mod many;

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
    comparing::an_empty_store_has_nothing_to_compare,
    comparing::each_login_has_a_column_with_its_count_its_times_and_its_newest_books,
    comparing::the_parts_of_the_time_line_add_up_to_the_counts,
    comparing::what_was_before_the_time_line_is_counted_there,
    comparing::logins_beyond_the_columns_are_counted_together,
    comparing::an_add_an_edit_and_a_delete_are_changes_and_reading_is_none,
    comparing::a_hundred_thousand_books_are_compared,
    creating::a_created_book_is_read_back_as_it_was_written,
    creating::the_database_says_who_made_a_row_and_when,
    creating::a_repeated_request_finds_the_row_it_made,
    creating::a_repeated_request_that_says_something_else_is_refused_and_shows_the_first,
    creating::requests_repeated_at_once_make_one_row,
    creating::letters_of_all_scripts_survive,
    creating::the_extremes_of_every_column_survive,
    editing::an_edit_changes_the_row_and_raises_its_version,
    editing::an_edit_keeps_who_made_the_row,
    editing::an_edit_of_an_old_version_is_a_conflict_that_shows_the_row,
    editing::of_two_edits_at_once_one_wins_and_one_is_told,
    editing::an_edit_that_is_sent_twice_finds_its_own_result,
    editing::a_deleted_book_is_not_found,
    editing::a_delete_of_an_old_version_is_a_conflict,
    editing::a_book_that_never_was_is_not_found,
    listing::an_empty_store_has_an_empty_page,
    listing::every_column_sorts_both_ways,
    listing::rows_that_are_equal_in_the_order_are_never_on_two_pages,
    listing::the_total_counts_all_pages,
    listing::a_page_past_the_last_is_empty_but_knows_the_total,
    listing::a_search_finds_part_of_a_title_or_an_author_in_any_case,
    listing::wildcards_and_quotes_in_a_search_are_plain_letters,
    listing::books_are_filtered_by_creator,
    listing::creators_are_counted_whatever_is_searched,
    many::the_last_of_100_000_books_is_found_on_the_last_page,
];
