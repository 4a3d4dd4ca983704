-- The ends of the time line, which goes back :seconds from now, or over all rows with 0.
SELECT
    CASE :seconds WHEN 0 THEN min(FirstOn) ELSE strftime('%Y-%m-%d %H:%M:%f', 'now', 'localtime', '-' || :seconds || ' seconds') END AS FromOn,
    CASE :seconds WHEN 0 THEN max(LastOn) ELSE strftime('%Y-%m-%d %H:%M:%f', 'now', 'localtime') END AS UntilOn,
    count(*) AS Logins
FROM Creators
