-- A platform's id stands for one post.
SELECT platform, post_id, count(*) AS n
FROM posts
GROUP BY platform, post_id
HAVING count(*) > 1
