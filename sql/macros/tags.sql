-- The columns of the stances that are stored: COLUMNS(tags()) stands for both.
CREATE OR REPLACE TEMP MACRO tags() AS ['bearish', 'bullish']
