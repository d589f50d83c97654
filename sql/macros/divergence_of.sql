-- How far the reading of a post goes against its writer's tag: the probability of the emotions of the other sign; null without a tag.
CREATE OR REPLACE TEMP MACRO divergence_of(tag, happy, sad, anger, disgust, fear) AS
CASE tag WHEN 'bullish' THEN sad + anger + disgust + fear WHEN 'bearish' THEN happy END
