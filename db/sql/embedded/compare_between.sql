-- Start and end of the time line, which goes back :seconds from now, or covers all rows if :seconds is 0.
SELECT
    CASE :seconds
        WHEN 0 THEN min(FirstOn)
        ELSE strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || :seconds || ' seconds')
    END AS FromOn,
    CASE :seconds WHEN 0 THEN max(LastOn) ELSE strftime('%Y-%m-%d %H:%M:%f', 'now') END AS UntilOn,
    count(*) AS Creators
FROM Creators
