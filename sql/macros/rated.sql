-- The columns of a reading that are made of its dimensions: COLUMNS(rated()) stands for all of them.
CREATE OR REPLACE TEMP MACRO rated() AS ['pleasure', 'arousal', 'dominance', 'excitement', 'calm']
